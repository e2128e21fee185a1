import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTSimulation
import M3DTTasks

/// The command `data`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Make and check trajectory data.",
        subcommands: [
            DataCollectCommand.self, DataImportCommand.self, DataExportCommand.self, DataInfoCommand.self,
            DataVerifyCommand.self, DataDemonstratorsCommand.self, DataActorsCommand.self,
        ])
}

/// The command `info`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a data folder holds: episodes, steps, returns, success, by task.")

    @Option(help: "The folder of the data.")
    var data: URL

    @Option(parsing: .upToNextOption, help: "Which tasks (see m3dt tasks). Default: all that are there.")
    var tasks: [String] = []

    @Flag(help: "A line for each demonstrator as well.")
    var sources = false

    @Option(help: "Write the table to this file too, as comma-separated values.")
    var csv: URL?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let chosen = tasks.isEmpty ? nil : Set(try TaskRegistry.standard.select(tasks).map(\.name))
        let table = try Self.table(TrajectoryStore(data), tasks: chosen, sources: sources)
        try output.show(table)
        if let csv { try CSVTable(columns: table.columns.map(\.title), rows: table.rows).write(to: csv) }
    }

    /// - Parameter tasks: The names of those that get a line; all that the store holds where it is nil.
    static func table(
        _ store: TrajectoryStore, tasks: Set<String>? = nil, sources: Bool = false
    ) throws -> TextTable {
        var table = try TextTable(
            titles: ["task", "source", "episodes", "steps", "min", "25 %", "median", "75 %", "max", "success %"])
        func row(
            _ task: String, _ source: String, _ episodes: Int, _ steps: String, _ returns: ReturnSummary,
            _ success: Double
        ) throws {
            let numbers = [
                returns.minimum, returns.lowerQuartile, returns.median, returns.upperQuartile, returns.maximum,
            ]
            try table.append(
                [task, source, "\(episodes)", steps] + numbers.map { NumberText.fixed(Double($0)) }
                    + [NumberText.fixed(100 * success, decimals: 0)])
        }
        for summary in try store.summary() where tasks?.contains(summary.task) ?? true {
            try row(summary.task, "all", summary.episodes, "\(summary.steps)", summary.returns, summary.successRate)
            for source in sources ? summary.sources : [] {
                try row(summary.task, source.name, source.episodes, "", source.returns, source.successRate)
            }
        }
        return table
    }
}

/// The command `verify`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every file of a data folder against its manifest, and every number in it.")

    @Option(help: "The folder of the data.")
    var data: URL

    @OptionGroup var output: OutputOptions

    func run() throws {
        let store = try TrajectoryStore(data)
        let problems = store.verify(deep: true)
        for problem in problems { FileHandle.standardError.write(Data("m3dt: \(problem)\n".utf8)) }
        guard problems.isEmpty else { throw ExitCode(ExitStatus.badData.rawValue) }
        output.say("\(store.tasks.count) tasks, all sound")
    }
}
