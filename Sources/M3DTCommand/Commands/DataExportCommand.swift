import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTTasks

/// The command `export`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write trajectories in a format that other projects read.",
        discussion: """
            npz writes a folder of numbered files for each task, the prompts last; minari a data set TASK-v0 for each, which \
            Minari finds with MINARI_DATASETS_PATH. Needs the packages of: make worker.
            """)

    @Option(help: "npz or minari.")
    var format: ForeignFormat

    @Option(help: "The folder of the data.")
    var data: URL

    @Argument(help: "Where the folders of the tasks go.")
    var destination: URL

    @Option(parsing: .upToNextOption, help: "Which of the data's tasks; all by default.")
    var tasks: [String] = []

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard ForeignFormat.exported.contains(format) else {
            let names = ForeignFormat.exported.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(format.rawValue) cannot be written; choose one of \(names)")
        }
    }

    func run() throws {
        let store = try TrajectoryStore(data)
        let chosen = tasks.isEmpty ? store.tasks : try TaskRegistry(store.tasks).select(tasks)
        let export = TrajectoryExport(store, writer: try ForeignWorkerWriter(format, folder: destination))
        let stop = Interrupts.listen()
        let progress = output.progress()
        let episodes = try chosen.map { try store.storedTask($0.name).episodes }.reduce(0, +)
        progress.begin(ProgressStage("export", total: episodes, unit: "episodes"))
        defer { progress.end() }
        var written = 0
        let folders = try export.run(chosen.map(\.name)) {
            written += 1
            progress.update(step: written)
            if stop.isRequested { throw Interrupted() }
        }
        output.say("\(folders.count) tasks, \(written) episodes in \(destination.path)")
    }
}
