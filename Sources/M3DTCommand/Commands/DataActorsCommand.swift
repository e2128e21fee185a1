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
    /// How actors learn.
    enum Method: String, CaseIterable, ExpressibleByArgument {
        case proximal, soft
    }

    static let configuration = CommandConfiguration(
        commandName: "actors", abstract: "Train demonstrators of native tasks anew, by an actor-critic.",
        discussion: """
            For tasks that planning does not solve; about an hour each. Proximal policy optimisation plays much and learns from what \
            was just played; soft actor-critic plays little and learns from all that it remembers. Trainings save their states as \
            they go, so this can be stopped and started again at any time. For each task the best actor and up to three poorer \
            ones replace those that the library had; the actors of other tasks stay.
            """)

    @Option(parsing: .upToNextOption, help: "Which tasks (see m3dt tasks).")
    var tasks: [String]

    @Option(help: "How actors learn: proximal or soft.")
    var method = Method.proximal

    @Option(help: "Where the states of the trainings are kept.")
    var states: URL

    @Option(help: "The folder of actors.safetensors.")
    var library: URL

    @Option(help: "Rounds of playing and learning in all. Default: what the task needs.")
    var rounds: Int?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Another setting, such as discount=0.995; needs a folder of states of its own.", valueName: "key=value"))
    var changes: [String] = []

    @Option(help: "A task of the same robot whose best actor in the library is where trainings start.")
    var from: String?

    @Option(help: "What everything random is drawn from.")
    var seed: UInt64 = 0

    @Option(help: "Threads that play. The result does not depend on them.")
    var threads = WorkerTeam.processorCount

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (rounds ?? 1) > 0 else { throw ValidationError("--rounds must be positive") }
        guard threads > 0 else { throw ValidationError("--threads must be positive") }
    }

    func run() throws {
        try TensorEngine.setThreads(1)  // more do not help with networks this small
        let stop = Interrupts.listen()
        for task in try TaskRegistry.standard.select(tasks) {
            let actors =
                switch method {
                case .proximal: try train(ProximalLearner.self, on: task, until: stop)
                case .soft: try train(SoftActorCriticLearner.self, on: task, until: stop)
                }
            try add(actors)
            output.say("\(task.name): actors chosen, the best with \(NumberText.fixed(actors.first?.meanReturn ?? 0))")
        }
    }

    private func train<Learner: ActorLearner>(
        _: Learner.Type, on task: TaskSpecification, until stop: StopRequest
    ) throws -> [StoredActor] {
        let environments = NativeEnvironments()
        var settings = try Learner.Settings.standard(for: task.name).changed(by: changes)
        settings.seed = seed
        if let rounds { settings.rounds = rounds }
        let start = try startingActor()
        for folder in [states, library] { try Folder.create(folder) }
        let training = try ActorTraining<Learner>(
            task: task, settings: settings, folder: states, start: start,
            team: WorkerTeam(count: threads), factory: { try environments.make($0) })
        try training.run { look in
            output.say("\(task.name): round \(look.round), return \(NumberText.fixed(look.meanReturn))")
            if stop.isRequested { throw Interrupted() }
        }
        return try training.demonstrators()
    }

    /// The best actor of the task to start from.
    private func startingActor() throws -> StoredActor? {
        guard let from else { return nil }
        let task = try TaskRegistry.standard.task(named: from)
        guard let best = try ActorLibrary.load(orEmpty: library).actors(for: task).first else {
            throw ValidationError("--from \(from): the library has no actor of this task")
        }
        return best
    }

    private func add(_ actors: [StoredActor]) throws {
        let file = library.appendingPathComponent(ActorLibrary.fileName)
        try ActorLibrary.load(orEmpty: library).updated(with: ActorLibrary(actors)).write(to: file)
    }
}

extension ActorSettings {
    /// The settings with some changed, each by its name.
    ///
    /// - Throws: `ValidationError` for a name that there is not, or a value that does not fit.
    fileprivate func changed(by changes: [String]) throws -> Self {
        var known = try JSONDecoder().decode([String: Double].self, from: JSONEncoder().encode(self))
        for change in changes {
            let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
                throw ValidationError("--set \(change): it takes a name and a number, such as discount=0.995")
            }
            guard known[parts[0]] != nil else {
                let nearest = NearestName.nearest(to: parts[0], in: known.keys.sorted())
                throw ValidationError(
                    "--set \(change): there is no setting '\(parts[0])'"
                        + (nearest.map { "; did you mean \($0)?" }
                            ?? ", only \(known.keys.sorted().joined(separator: ", "))"))
            }
            known[parts[0]] = value
        }
        do {
            return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(known))
        } catch {
            throw ValidationError("--set: a number does not fit its setting: \(changes.joined(separator: ", "))")
        }
    }
}
