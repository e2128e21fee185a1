import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTasks

/// Trains an actor and its critics on one task, and saves all that is needed to go on with it.
///
/// A round plays some episodes with the actor as it is, then learns from everything that is remembered. How many workers
/// share the episodes changes nothing; a training that was stopped and resumed goes on with the same bits.
public final class ActorCriticTraining {
    public let task: TaskSpecification
    public let settings: ActorCriticSettings
    /// Rounds done.
    public internal(set) var round = 0
    /// Actors that were looked at on the way, in order.
    public internal(set) var snapshots: [ActorSnapshot] = []
    var memory: ReplayMemory
    let learner: ActorCriticLearner
    let file: URL
    private let stage: ActorStage
    private let random: RandomStream

    /// Starts a training, or goes on with the one that the folder holds.
    ///
    /// - Parameter folder: Where the state is kept, in one file for each task; it must exist.
    /// - Throws: `SimulationError.otherSettings` where the folder holds a training with other settings,
    ///   `SimulationError.demonstratorsUnreadable` or a storage error where the file is damaged.
    public init(
        task: TaskSpecification, settings: ActorCriticSettings, folder: URL, team: WorkerTeam,
        factory: @escaping EnvironmentFactory
    ) throws {
        self.task = task
        self.settings = settings
        random = RandomStream(seed: settings.seed).split("actor-critic").split(task.name)
        stage = ActorStage(task: task, team: team, factory: factory)
        memory = ReplayMemory(
            featureWidth: task.observationWidth, actionWidth: task.actionWidth, capacity: settings.rememberedEpisodes)
        learner = try ActorCriticLearner(
            featureWidth: task.observationWidth, actionWidth: task.actionWidth, settings: settings, random: random)
        file = folder.appendingPathComponent(task.name + ".safetensors")
        if FileManager.default.fileExists(atPath: file.path) { try restore() }
    }

    /// Runs the rounds that are left.
    ///
    /// - Parameter onLook: Called after each look at the actor, when the state has been saved.
    /// - Throws: `EnvironmentError` where the simulation fails, `TensorError` where the numbers diverge, a storage error where the
    ///   state cannot be saved, and what `onLook` throws.
    public func run(onLook: (ActorSnapshot) throws -> Void = { _ in }) throws {
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

    /// The mean return of an actor without noise, in episodes of their own for each seed.
    ///
    /// - Throws: `EnvironmentError` where the simulation fails.
    public func meanReturn(of policy: NetworkPolicy, episodes: Int, seed: Int) throws -> Double {
        let root = random.split("look").split(seed)
        let played = try stage.play(episodes, streams: { root.split($0) }, by: .means(policy))
        return played.reduce(0) { $0 + $1.totalReturn } / Double(episodes)
    }

    private func runRound() throws {
        let episodes = random.split("round").split(round)
        let player = round < settings.randomRounds ? ActorStage.Player.anything : .drawn(try learner.policy())
        let played = try stage.play(settings.episodesPerRound, streams: { episodes.split($0) }, by: player)
        memory.add(played)
        learner.scale = try learner.scale.following(played)
        if round >= settings.randomRounds {
            let steps = played.reduce(0) { $0 + $1.rewards.count }
            for _ in 0..<Int((Double(steps) * settings.updateRatio).rounded()) { try learner.update(from: memory) }
        }
        round += 1
    }
}
