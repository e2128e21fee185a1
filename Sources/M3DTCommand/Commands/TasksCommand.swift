import ArgumentParser
import M3DT
import M3DTReports
import M3DTTasks

/// The command `tasks`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List the tasks that are built in, and those of task files.",
        discussion: """
            Tasks are named wherever a command takes --tasks: by name (ant-dir-07), by family (ant-dir), by pattern \
            ('ant-dir-0*'), as one of the paper's suites (mt10, mt20, mt40, mt80, mt120, mt160; mt40@1 with another seed than \
            0) or tens (ant-dir/0), or as a seeded choice COUNT@SEED (40@1). Several words may be given.
            """)

    @Argument(help: "Which tasks; all if none is named.")
    var names: [String] = []

    @OptionGroup var taskFiles: TaskFileOptions

    @Flag(help: "List the suites and tens instead of the tasks.")
    var suites = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = try KnownTasks(files: taskFiles.files).registry
        if suites { return try output.show(Self.table(registry.suites + registry.tens)) }
        let tasks = names.isEmpty ? registry.tasks : try registry.select(names)
        var table = try TextTable(titles: ["task", "domain", "observation", "action", "steps", "goal", "target return"])
        for task in tasks {
            try table.append([
                task.name, task.domain.rawValue, "\(task.observationWidth)", "\(task.actionWidth)",
                "\(task.episodeSteps)",
                task.goal.map { NumberText.fixed($0, decimals: 3) } ?? NumberText.missing,
                NumberText.fixed(task.targetReturn, decimals: 0),
            ])
        }
        try output.show(table)
    }

    /// One row for each suite, with the number of its tasks by family.
    static func table(_ suites: [TaskSuite]) throws -> TextTable {
        var table = try TextTable(titles: ["suite", "tasks", "of which"])
        for suite in suites {
            let shares = Domain.allCases.compactMap { domain in
                let count = suite.tasks.count { $0.domain == domain }
                return count == 0 ? nil : "\(count) \(domain.rawValue)"
            }
            try table.append([suite.name, "\(suite.tasks.count)", shares.joined(separator: ", ")])
        }
        return table
    }
}
