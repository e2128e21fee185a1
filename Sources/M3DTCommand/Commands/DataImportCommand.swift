import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTStorage
import M3DTTasks
import M3DTTraining

extension ForeignFormat: ExpressibleByArgument {}
extension InnerEnds: ExpressibleByArgument {}
extension PartialEpisodes: ExpressibleByArgument {}
extension PromptSelection.Rule: ExpressibleByArgument {}

/// The command `import`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in trajectories that other projects have recorded.",
        discussion: """
            Formats: \(ForeignFormat.allCases.map(\.rawValue).joined(separator: ", ")). Names of tasks are matched with those \
            of m3dt tasks (cheetah_vel-7 is cheetah-vel-07); others come in as their data suggests, or as a --task-file says. \
            Each task is checked in full before it is written. Stopped or failed, the same command goes on with what is \
            missing. Needs the packages of: make worker.
            """)

    @Option(help: "What the files are.")
    var format: ForeignFormat

    @Argument(help: "The file, or the folder of the files.")
    var source: URL

    @Option(help: "The folder of the data; made if it is not there.")
    var data: URL?

    @Option(parsing: .upToNextOption, help: "Which tasks, named as here (see m3dt tasks). Default: all that there are.")
    var tasks: [String] = []

    @Option(name: .customLong("rename"), help: "Give a task of the files another name, as FROM=TO; may be repeated.")
    var renames: [String] = []

    @OptionGroup var taskFiles: TaskFileOptions

    @Option(help: "Steps after which an episode ends, for tasks that are not known. Default: their longest episode.")
    var episodeSteps: Int?

    @Option(help: "What to do with episodes that nothing ended: keep, drop.")
    var partial = PartialEpisodes.keep

    @Option(help: "What to do where an episode goes on after a step marked as its end: refuse, split, ignore.")
    var innerEnds = InnerEnds.refuse

    @Option(
        help: "Which episodes become prompts: best, last, given. Default: those that the format sets apart, else best.")
    var prompts: PromptSelection.Rule?

    @Option(help: "Prompt episodes of each task.")
    var promptEpisodes = 2

    @Flag(help: "Check everything and say what would come in, but write nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard dryRun || data != nil else { throw ValidationError("give a folder with --data, or --dry-run") }
        guard episodeSteps ?? 1 > 0, promptEpisodes >= 0 else {
            throw ValidationError("--episode-steps must be positive, --prompt-episodes not negative")
        }
    }

    func run() throws {
        guard FileManager.default.fileExists(atPath: source.path) else {
            throw StorageError.missingFile(path: source.path)
        }
        let known = try KnownTasks(files: taskFiles.files, data: data)
        let worker = try ForeignWorker(format, source: source)
        var process = TrajectoryImport(worker, format: format, registry: known.registry)
        process.renames = try TrajectoryImport.renames(renames)
        (process.partial, process.innerEnds, process.episodeSteps) = (partial, innerEnds, episodeSteps)
        process.prompts = PromptSelection(rule: prompts ?? format.prompts.rule, episodes: promptEpisodes)
        let candidates = try process.candidates(tasks)
        let follower = ImportFollower(progress: output.progress(), stop: Interrupts.listen())
        defer { follower.end() }
        let imported: [ImportedTask]
        if let data, !dryRun {
            imported = try process.run(candidates, into: data, onEvent: follower.follow)
            try Versions.note([worker.versions], in: data.appendingPathComponent(Versions.fileName))
        } else {
            imported = try process.rehearse(candidates, onEvent: follower.follow)
        }
        follower.end()
        try output.show(Self.table(imported, withNotes: output.json))
        for task in imported where !task.notes.isEmpty {
            output.say("\(task.specification.name): \(task.notes.joined(separator: "; "))")
        }
    }

    /// One row for each task.
    static func table(_ tasks: [ImportedTask], withNotes: Bool) throws -> TextTable {
        let titles = ["task", "episodes", "steps", "observation", "action", "least return", "greatest", "MB"]
        var table = try TextTable(titles: withNotes ? titles + ["notes"] : titles)
        for task in tasks {
            let returns = [task.scan?.leastReturn, task.scan?.greatestReturn].map { value in
                value.map { NumberText.fixed($0) } ?? NumberText.missing
            }
            let cells =
                [
                    task.specification.name, "\(task.episodes)", "\(task.steps)",
                    "\(task.specification.observationWidth)", "\(task.specification.actionWidth)",
                ] + returns + [NumberText.fixed(Double(task.bytes) / 1e6)]
            try table.append(withNotes ? cells + [task.notes.joined(separator: "; ")] : cells)
        }
        return table
    }
}

/// The task files of a user, the same for all commands.
struct TaskFileOptions: ParsableArguments {
    @Option(name: .customLong("task-file"), help: "A YAML file that describes a task of your own; may be repeated.")
    var files: [URL] = []
}

/// Shows how an import gets on, and stops it on request.
private final class ImportFollower {
    private let progress: ProgressDisplay
    private let stop: StopRequest
    private var task = (name: "", position: ProgressStage.Position(1, of: 1))
    private var isShown = false

    init(progress: ProgressDisplay, stop: StopRequest) {
        self.progress = progress
        self.stop = stop
    }

    /// - Throws: `Interrupted` where a stop is requested.
    func follow(_ event: TrajectoryImport.Event) throws {
        switch event {
        case .task(let name, let index, let count): task = (name, .init(index + 1, of: count))
        case .checked: break
        case .taken(let steps, let all):
            if !isShown {
                progress.begin(ProgressStage("import \(task.name)", total: all, position: task.position))
                isShown = true
            }
            progress.update(step: steps)
        case .finished: end()
        }
        if stop.isRequested { throw Interrupted() }
    }

    func end() {
        if isShown { progress.end() }
        isShown = false
    }
}
