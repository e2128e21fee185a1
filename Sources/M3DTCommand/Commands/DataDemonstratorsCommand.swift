import ArgumentParser
import Foundation
import M3DTReports
import M3DTSimulation
import M3DTStorage
import M3DTTasks

/// The command `data demonstrators`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataDemonstratorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demonstrators", abstract: "Train the demonstrators of the native tasks anew, by random search.",
        discussion: """
            This made the policies that come with the program; it takes hours. Searches save their states as they go, so it \
            can be stopped and started again at any time. For each task the best policy and three poorer ones replace those \
            that the library had; the policies of other tasks stay. A table of their returns is written beside them.
            """)

    @Option(parsing: .upToNextOption, help: "Which tasks (see m3dt tasks). Default: all that are searched for.")
    var tasks: [String] = []

    @Option(help: "Where the states of the searches are kept.")
    var states: URL

    @Option(help: "Where the policies and demonstrators.csv go.")
    var library: URL

    @Option(help: "Threads. The result does not depend on them.")
    var threads = WorkerTeam.processorCount

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--threads must be positive") }
    }

    func run() throws {
        let plan = DemonstratorTraining.standardPlan(tasks: try selectedTasks())
        for folder in [states, library] { try Folder.create(folder) }
        let environments = NativeEnvironments()
        let training = DemonstratorTraining(plan: plan, folder: states) { try environments.make($0) }
        let team = WorkerTeam(count: threads)
        try training.run(team: team) { search, snapshot in
            output.say(
                "\(search.name): iteration \(snapshot.iteration), return \(NumberText.fixed(snapshot.meanReturn))")
        }
        let chosen = try training.select(team: team) { task, _ in output.say("\(task.name): demonstrators chosen") }
        let updated = try DemonstratorLibrary.load(orEmpty: library).updated(with: chosen)
        try updated.write(to: library)
        try AtomicFile.write(updated.table, to: library.appendingPathComponent("demonstrators.csv"))
    }

    private func selectedTasks() throws -> [TaskSpecification] {
        if tasks.isEmpty { return TaskRegistry.standard.tasks }
        let selected = try TaskRegistry.standard.select(tasks)
        let planned = DemonstratorTraining.standardPlan(tasks: selected).flatMap(\.tasks)
        if let other = selected.first(where: { !planned.contains($0) }) {
            throw ValidationError(
                "\(other.name) is not a task that is searched for; m3dt data actors trains an actor for it")
        }
        return selected
    }
}
