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
    private let batch: any EnvironmentBatch

    public init(library: DemonstratorLibrary, batch: any EnvironmentBatch) {
        self.library = library
        self.batch = batch
    }

    /// Checks that every task has each demonstrator of a mixture.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)`` for the first that is missing.
    public func check(_ tasks: [TaskSpecification], mixture: DemonstratorMixture) throws {
        for task in tasks {
            for part in mixture.parts { _ = try library.demonstrator(for: task, label: part.label) }
        }
    }

    /// Which episodes are played, and by whom: the same for the same seed.
    ///
    /// The first episodes of a longer plan are not those of a shorter one, since the shares are kept.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)``.
    public func plan(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture = .standard, seed: UInt64
    ) throws -> [Plan] {
        try check([task], mixture: mixture)
        var random = RandomStream(seed: seed).split("demonstrations").split(task.name)
        return mixture.deal(episodes: episodes, random: &random).map { part in
            Plan(request: EpisodeRequest(task: task, seed: random.next(), source: part.label), part: part)
        }
    }

    /// Plays the episodes of a plan and hands over each trajectory, in the plan's order.
    ///
    /// - Throws: ``EnvironmentError``, ``SimulationError``, and what `onTrajectory` throws.
    public func collect(_ plan: [Plan], onTrajectory: (Trajectory) throws -> Void) throws {
        var parts: [UInt64: DemonstratorMixture.Part] = [:]
        for entry in plan { parts[entry.request.seed] = entry.part }
        let demonstrator = Demonstrator { [library] task, seed in
            guard let part = parts[seed] else { preconditionFailure("an episode was played that is not in the plan") }
            let policy = try library.demonstrator(for: task, label: part.label).policy
            return Demonstrator.Part(policy: policy, actionNoise: part.actionNoise)
        }
        try EpisodeRunner(batch: batch, policy: demonstrator).run(plan.map(\.request)) { try onTrajectory($1) }
    }

    /// Plans and plays episodes of one task.
    ///
    /// - Throws: As ``plan(task:episodes:mixture:seed:)`` and ``collect(_:onTrajectory:)``.
    public func collect(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture = .standard, seed: UInt64,
        onTrajectory: (Trajectory) throws -> Void
    ) throws {
        try collect(
            plan(task: task, episodes: episodes, mixture: mixture, seed: seed), onTrajectory: onTrajectory)
    }
}
