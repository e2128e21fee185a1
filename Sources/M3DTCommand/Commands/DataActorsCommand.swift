import ArgumentParser
import Foundation
import M3DT
import M3DTActorCritic
import M3DTReports
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// The command `data actors`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataActorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actors", abstract: "Train demonstrators of native tasks anew, by an actor-critic.",
        discussion: """
            For tasks that planning does not solve; about an hour each. Trainings save their states as they go, so this can be \
            stopped and started again at any time. For each task the best actor and up to three poorer ones replace those \
            that the library had; the actors of other tasks stay.
            """)

    @Option(parsing: .upToNextOption, help: "Which tasks (see m3dt tasks).")
    var tasks: [String]

    @Option(help: "Where the states of the trainings are kept.")
    var states: URL

    @Option(help: "The folder of actors.safetensors.")
    var library: URL

    @Option(help: "Rounds of playing and learning in all; other settings need another folder of states.")
    var rounds = ActorCriticSettings().rounds

    @Option(help: "What everything random is drawn from.")
    var seed: UInt64 = 0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be positive") }
    }

    func run() throws {
        for folder in [states, library] { try Folder.create(folder) }
        try TensorEngine.setThreads(1)  // more do not help with networks this small
        let environments = NativeEnvironments()
        let (team, stop) = (WorkerTeam(), Interrupts.listen())
        for task in try TaskRegistry.standard.select(tasks) {
            var settings = ActorCriticSettings.standard(for: task.name)
            (settings.rounds, settings.seed) = (rounds, seed)
            let training = try ActorCriticTraining(
                task: task, settings: settings, folder: states, team: team, factory: { try environments.make($0) })
            try training.run { look in
                output.say("\(task.name): round \(look.round), return \(NumberText.fixed(look.meanReturn))")
                if stop.isRequested { throw Interrupted() }
            }
            try add(training.demonstrators())
            output.say("\(task.name): actors chosen")
        }
    }

    private func add(_ actors: [StoredActor]) throws {
        let file = library.appendingPathComponent(ActorLibrary.fileName)
        try ActorLibrary.load(orEmpty: library).updated(with: ActorLibrary(actors)).write(to: file)
    }
}
