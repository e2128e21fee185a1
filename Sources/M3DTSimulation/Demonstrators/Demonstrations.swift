import M3DTRandom
import M3DTTasks

/// Makes trajectories of native tasks with the demonstrators of a library.
public struct Demonstrations {
    /// An episode, and who plays it.
    public struct Plan: Sendable, Hashable {
        public let request: EpisodeRequest
        public let part: DemonstratorMixture.Part
    }

    private let library: DemonstratorLibrary
    private let actors: ActorLibrary
    private let batch: any EnvironmentBatch
    private let threads: Int

    /// - Parameters:
    ///   - actors: More demonstrators, by name of task as the library's.
    ///   - threads: Threads that share the work of those who plan. They change nothing else.
    public init(
        library: DemonstratorLibrary, actors: ActorLibrary = ActorLibrary(), batch: any EnvironmentBatch,
        threads: Int = WorkerTeam.processorCount
    ) {
        self.library = library
        self.actors = actors
        self.batch = batch
        self.threads = threads
    }

    /// How the episodes of a task are shared out: among trained actors where there are any, else among policies of random
    /// search, else among planners of several degrees of attention.
    public func mixture(for task: TaskSpecification) -> DemonstratorMixture {
        let learnt = actors.actors(for: task).map(\.label)
        if !learnt.isEmpty { return .learnt(by: learnt) }
        let isSearched = !library.demonstrators(for: task).isEmpty
        return task.domain == .dmControl && !isSearched ? .planned : .standard
    }

    /// Checks that every task has each demonstrator of a mixture.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)`` for the first that is missing.
    public func check(_ tasks: [TaskSpecification], mixture: DemonstratorMixture? = nil) throws {
        for task in tasks {
            for part in (mixture ?? self.mixture(for: task)).parts { _ = try player(for: task, label: part.label) }
        }
    }

    /// Which episodes are played, and by whom: the same for the same seed.
    ///
    /// The first episodes of a longer plan are not those of a shorter one, since the shares are kept.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)``.
    public func plan(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture? = nil, seed: UInt64
    ) throws -> [Plan] {
        try check([task], mixture: mixture)
        let mixture = mixture ?? self.mixture(for: task)
        var random = RandomStream(seed: seed).split("demonstrations").split(task.name)
        return mixture.deal(episodes: episodes, random: &random).map { part in
            Plan(request: EpisodeRequest(task: task, seed: random.next(), source: part.label), part: part)
        }
    }

    /// Plays the episodes of a plan and hands over each trajectory, in the plan's order.
    ///
    /// - Parameter onStep: Told of every step; what it throws ends the work.
    /// - Throws: ``EnvironmentError``, ``SimulationError``, and what `onStep` and `onTrajectory` throw.
    public func collect(
        _ plan: [Plan], onStep: ((EpisodeStep) throws -> Void)? = nil, onTrajectory: (Trajectory) throws -> Void
    ) throws {
        var parts: [UInt64: DemonstratorMixture.Part] = [:]
        for entry in plan { parts[entry.request.seed] = entry.part }
        let demonstrator = Demonstrator(environments: batch as? ThreadedEnvironmentBatch, threads: threads) {
            task, seed in
            guard let part = parts[seed] else { preconditionFailure("an episode was played that is not in the plan") }
            return Demonstrator.Part(
                player: try player(for: task, label: part.label), actionNoise: part.actionNoise)
        }
        let runner = EpisodeRunner(batch: batch, policy: demonstrator)
        runner.observer = onStep
        try runner.run(plan.map(\.request)) { try onTrajectory($1) }
    }

    /// Plans and plays episodes of one task.
    ///
    /// - Throws: As ``plan(task:episodes:mixture:seed:)`` and ``collect(_:onTrajectory:)``.
    public func collect(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture? = nil, seed: UInt64,
        onTrajectory: (Trajectory) throws -> Void
    ) throws {
        try collect(
            plan(task: task, episodes: episodes, mixture: mixture, seed: seed), onTrajectory: onTrajectory)
    }

    /// What a demonstrator acts by.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)``.
    private func player(for task: TaskSpecification, label: String) throws -> Demonstrator.Player {
        if let actor = actors.actors(for: task).first(where: { $0.label == label }) { return .policy(actor.policy) }
        let planners = task.domain == .dmControl ? PlanningDemonstrator.all : []
        if let planner = planners.first(where: { $0.label == label }) { return .planning(planner) }
        let known = [library.demonstrators(for: task).map(\.label), actors.actors(for: task).map(\.label)]
        guard let stored = library.demonstrators(for: task).first(where: { $0.label == label }) else {
            throw SimulationError.noDemonstrator(
                task: task.name, label: label, known: known.flatMap { $0 } + planners.map(\.label))
        }
        return .policy(stored.policy)
    }
}
