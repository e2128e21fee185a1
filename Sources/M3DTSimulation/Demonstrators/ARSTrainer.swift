import M3DTRandom
import M3DTTasks

/// Searches for a linear policy by augmented random search.
///
/// How many workers share the episodes changes nothing: the same seed gives the same policies, bit for bit.
public final class ARSTrainer {
    public let settings: ARSSettings
    public private(set) var state: ARSState
    private let problem: ARSProblem
    private let team: WorkerTeam
    private let stages: [ARSStage]
    private let random: RandomStream

    /// - Parameter state: Where to start or to go on; from nothing where it is nil.
    public init(problem: ARSProblem, settings: ARSSettings, team: WorkerTeam, state: ARSState? = nil) {
        self.problem = problem
        self.settings = settings
        self.team = team
        self.state = state ?? ARSState(featureWidth: problem.featureWidth, actionWidth: problem.actionWidth)
        stages = (0..<team.count).map { _ in ARSStage(problem: problem) }
        random = RandomStream(seed: settings.seed).split("ars").split(problem.tasks.map(\.name).joined(separator: ","))
    }

    /// Runs the iterations that are left.
    ///
    /// - Parameter onSnapshot: Called after each look at the policy; a good place to save ``state``.
    /// - Throws: ``EnvironmentError`` where the simulation fails, and what `onSnapshot` throws.
    public func run(onSnapshot: (ARSState) throws -> Void = { _ in }) throws {
        while state.iteration < settings.iterations {
            if state.iteration == 0, state.snapshots.isEmpty { try look() }
            try iterate()
            if state.iteration % settings.evaluationInterval == 0 || state.iteration == settings.iterations {
                try look()
                try onSnapshot(state)
            }
        }
    }

    /// The mean return of a policy over the first episodes of a seed, the tasks in turn.
    ///
    /// - Throws: ``EnvironmentError`` where the simulation fails.
    public func meanReturn(of policy: LinearPolicy, episodes: Int, seed: UInt64) throws -> Double {
        var seeds = RandomStream(seed: seed).split("ars-look")
        let episodeSeeds = (0..<episodes).map { _ in seeds.next() }
        let returns = try team.map(episodes) { episode, worker in
            let task = episode * problem.tasks.count / episodes
            return try stages[worker].play(policy, task: task, seed: episodeSeeds[episode]).taskReturn
        }
        return returns.reduce(0, +) / Double(episodes)
    }

    private func look() throws {
        let policy = state.policy().rounded
        let episodes = max(settings.evaluationEpisodes, problem.tasks.count)
        let mean = try meanReturn(of: policy, episodes: episodes, seed: settings.seed)
        state.snapshots.append(ARSSnapshot(iteration: state.iteration, meanReturn: mean, policy: policy))
    }

    private func iterate() throws {
        var stream = random.split(state.iteration)
        let task = stream.index(below: problem.tasks.count)
        let directions = (0..<settings.directions).map { _ in state.weights.map { _ in stream.normal() } }
        let seeds = directions.map { _ in stream.next() }
        let rollouts = try team.map(2 * directions.count) { piece, worker in
            let scale = piece % 2 == 0 ? settings.noise : -settings.noise
            let policy = state.policy(direction: directions[piece / 2], scale: scale)
            return try stages[worker].play(policy, task: task, seed: seeds[piece / 2])
        }
        improve(directions, fitness: rollouts.map(\.fitness))
        for rollout in rollouts { state.moments.add(rollout.moments) }
        state.iteration += 1
    }

    /// Moves the weights along the best directions, each by how much better its front was than its back.
    private func improve(_ directions: [[Double]], fitness: [Double]) {
        let order = directions.indices.sorted {
            (-max(fitness[2 * $0], fitness[2 * $0 + 1]), $0) < (-max(fitness[2 * $1], fitness[2 * $1 + 1]), $1)
        }
        let best = order.prefix(settings.best)
        var spread = RunningMoments(width: 1)
        for index in best {
            spread.add([fitness[2 * index]])
            spread.add([fitness[2 * index + 1]])
        }
        let step = settings.stepSize / (Double(best.count) * spread.deviation(floor: 1e-6)[0])
        for index in best {
            let gain = step * (fitness[2 * index] - fitness[2 * index + 1])
            for i in state.weights.indices { state.weights[i] += gain * directions[index][i] }
        }
    }
}
