import ArgumentParser
import M3DTReports
import M3DTTasks

/// The command `tasks`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List the tasks that are built in.",
        discussion: """
            Tasks are named wherever a command takes --tasks: by name (ant-dir-07), by family (ant-dir), by pattern
            ('ant-dir-0*'), or as a seeded choice COUNT@SEED (40@1). Several words may be given.
            """)

    @Argument(help: "Which tasks; all if none is named.")
    var names: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = TaskRegistry.standard
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
}
