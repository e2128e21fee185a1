import M3DTRandom
import M3DTTasks

/// Makes trajectories of tasks that are played in workers, with the demonstrators that come with their environments.
public struct WorkerDemonstrations {
    private let workers: EpisodeWorkers

    public init(workers: EpisodeWorkers = EpisodeWorkers()) { self.workers = workers }

    /// Which episodes are played, and by whom: the same for the same seed.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)`` where a part of the mixture is of no player.
    public func plan(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture = .scripted, seed: UInt64
    ) throws -> [WorkerEpisode] {
        var random = RandomStream(seed: seed).split("demonstrations").split(task.name)
        return try mixture.deal(episodes: episodes, random: &random).map { part in
            guard let player = WorkerEpisode.Player(label: part.label) else {
                let known = DemonstratorMixture.scripted.parts.map(\.label)
                throw SimulationError.noDemonstrator(task: task.name, label: part.label, known: known)
            }
            let request = EpisodeRequest(task: task, seed: random.next(), source: part.label)
            return WorkerEpisode(request: request, player: player, actionNoise: part.actionNoise)
        }
    }

    /// Plans and plays episodes of one task, and hands over each trajectory in the plan's order.
    ///
    /// - Throws: ``EnvironmentError``, ``SimulationError``, `WorkerError`, and what `onTrajectory` throws.
    public func collect(
        task: TaskSpecification, episodes: Int, mixture: DemonstratorMixture = .scripted, seed: UInt64,
        onTrajectory: (Trajectory) throws -> Void
    ) throws {
        try workers.play(
            plan(task: task, episodes: episodes, mixture: mixture, seed: seed), onTrajectory: onTrajectory)
    }
}

extension WorkerEpisode.Player {
    /// The player of a demonstrator's label, such as `scripted:noise-0.1` or `random`.
    init?(label: String) { self.init(rawValue: String(label.prefix { $0 != ":" })) }
}

extension DemonstratorMixture {
    /// Half from the scripted policy as it is or with a little noise, the rest with more and more, and some random actions.
    ///
    /// Source: the shares are those of ``standard``. Noise of 0.5 on actions of at most 1 still succeeds in the easier tasks.
    public static let scripted = DemonstratorMixture(parts: [
        Part(label: "scripted:noise-0", share: 3, actionNoise: 0),
        Part(label: "scripted:noise-0.1", share: 2, actionNoise: 0.1),
        Part(label: "scripted:noise-0.3", share: 2, actionNoise: 0.3),
        Part(label: "scripted:noise-0.5", share: 2, actionNoise: 0.5),
        Part(label: "random", share: 1, actionNoise: 0),
    ])

    /// Random actions alone, for environments without a demonstrator.
    public static let random = DemonstratorMixture(parts: [Part(label: "random", share: 1, actionNoise: 0)])
}
