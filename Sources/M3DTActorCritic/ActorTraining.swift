import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTasks

/// Trains an actor on one task, and saves all that is needed to go on with it.
///
/// A round plays some episodes with the actor as it is, then learns from them. How many workers share the episodes changes
/// nothing; a training that was stopped and resumed goes on with the same bits.
package final class ActorTraining<Learner: ActorLearner> {
    package let task: TaskSpecification
    package let settings: Learner.Settings
    /// Rounds done.
    package internal(set) var round = 0
    /// Actors that were looked at on the way, in order.
    package internal(set) var snapshots: [ActorSnapshot] = []
    let learner: Learner
    let file: URL
    private let stage: ActorStage
    /// The name of the actor that it starts from, and its network with deviations.
    let start: (name: String, policy: NetworkPolicy)?
    private let random: RandomStream

    /// Starts a training, or goes on with the one that the folder holds.
    ///
    /// - Parameters:
    ///   - folder: Where the state is kept, in one file for each task; it must exist.
    ///   - start: An actor of another task of the same robot to start from. Default: nothing but chance.
    /// - Throws: `SimulationError.unlikeActor` where that has other widths, `SimulationError.otherSettings` where the folder holds
    ///   a training with other settings, `SimulationError.demonstratorsUnreadable` or a storage error where the file is damaged.
    package init(
        task: TaskSpecification, settings: Learner.Settings, folder: URL, start: StoredActor? = nil,
        team: WorkerTeam, factory: @escaping EnvironmentFactory
    ) throws {
        self.task = task
        self.settings = settings
        random = RandomStream(seed: settings.seed).split("actor-critic").split(task.name)
        stage = ActorStage(task: task, team: team, factory: factory)
        let learner = try Learner(
            featureWidth: task.observationWidth, actionWidth: task.actionWidth, settings: settings, random: random)
        self.learner = learner
        self.start = try start.map {
            (
                $0.task + "/" + $0.label,
                try Self.widened($0.policy, like: learner.policy(), task, settings.startDeviation)
            )
        }
        file = folder.appendingPathComponent("\(task.name)-\(Learner.Settings.label).safetensors")
        if FileManager.default.fileExists(atPath: file.path) { try restore() }
    }

    /// Runs the rounds that are left.
    ///
    /// - Parameter onLook: Called after each look at the actor, when the state has been saved.
    /// - Throws: `EnvironmentError` where the simulation fails, `TensorError` where the numbers diverge, a storage error where the
    ///   state cannot be saved, and what `onLook` throws.
    package func run(onLook: (ActorSnapshot) throws -> Void = { _ in }) throws {
        while round < settings.rounds {
            try runRound()
            guard round % settings.evaluationInterval == 0 || round == settings.rounds else { continue }
            let policy = try learner.policy()
            let snapshot = ActorSnapshot(
                round: round, meanReturn: try meanReturn(of: policy, episodes: settings.evaluationEpisodes, seed: 1),
                policy: policy)
            snapshots.append(snapshot)
            try save()
            try onLook(snapshot)
        }
    }

    /// The mean return of an actor, in episodes of their own for each seed.
    ///
    /// - Parameter noise: Standard deviation of what is added to each number of an action.
    /// - Throws: `EnvironmentError` where the simulation fails.
    package func meanReturn(
        of policy: NetworkPolicy, episodes: Int, seed: Int, noise: Double = 0
    ) throws -> Double {
        let root = random.split("look").split(seed)
        let played = try stage.play(episodes, streams: { root.split($0) }, by: .means(policy, noise: noise))
        return played.reduce(0) { $0 + $1.totalReturn } / Double(episodes)
    }

    private func runRound() throws {
        let episodes = random.split("round").split(round)
        let player: ActorStage.Player =
            if round >= settings.randomRounds { .drawn(try learner.policy()) } else if let start {
                .drawn(start.policy)
            } else { .anything }
        let played = try stage.play(settings.episodesPerRound, streams: { episodes.split($0) }, by: player)
        try learner.learn(from: played.map(guided), round: round)
        round += 1
        if round == settings.randomRounds, let start { try learner.start(from: start.policy) }
    }

    /// The actor with deviations beside its means, the same everywhere.
    ///
    /// - Throws: `SimulationError.unlikeActor`.
    private static func widened(
        _ policy: NetworkPolicy, like own: NetworkPolicy, _ task: TaskSpecification, _ deviation: Double
    ) throws -> NetworkPolicy {
        let output = Float(ActorNetwork.output(forDeviation: deviation))
        let widened = policy.widened(to: own.outputWidth, output: output)
        func sizes(_ policy: NetworkPolicy) -> [Int] { [policy.featureWidth] + policy.layers.map(\.biases.count) }
        guard policy.outputWidth == task.actionWidth, sizes(widened) == sizes(own) else {
            throw SimulationError.unlikeActor(task: task.name, widths: sizes(policy), wanted: sizes(own))
        }
        return widened
    }

    /// The episode as it is learnt from, with guidance in its rewards.
    private func guided(_ episode: PlayedEpisode) -> PlayedEpisode {
        guard settings.guidance != 0, let guidance = RewardGuidance.standard(for: task.name) else { return episode }
        var guided = episode
        let width = task.observationWidth
        for step in episode.rewards.indices {
            let next = episode.observations[(step + 1) * width..<(step + 2) * width].map { Double($0) }
            guided.rewards[step] += Float(settings.guidance * guidance.value(next))
        }
        return guided
    }
}
