/// Plays a list of episodes with one policy, as many at once as there are slots.
///
/// A slot that becomes free takes the next episode of the list at once. The order of the results, and every bit of them, are
/// the same for any number of slots as long as the policy treats slots alike.
public final class EpisodeRunner {
    private let batch: any EnvironmentBatch
    private let policy: any Policy
    /// Called after each step of each episode.
    public var observer: ((EpisodeStep) throws -> Void)?

    public init(batch: any EnvironmentBatch, policy: any Policy) {
        self.batch = batch
        self.policy = policy
    }

    /// Plays the episodes and hands over each when it and all before it are finished.
    ///
    /// Actions are rounded to single precision before they are played, so that a record replays exactly.
    ///
    /// - Parameter onFinish: Gets an episode's place in the list and what happened in it, in the order of the list.
    /// - Throws: What the environments, the policy, the observer or `onFinish` throw; all running episodes are then lost.
    public func run(_ episodes: [EpisodeRequest], onFinish: (Int, Trajectory) throws -> Void) throws {
        var queue = Queue(episodes: episodes, slots: batch.slotCount)
        var finished: [Int: Trajectory] = [:]
        var delivered = 0
        while true {
            try begin(&queue)
            if queue.isIdle { return }
            for (episode, trajectory) in try step(&queue) { finished[episode] = trajectory }
            while let next = finished.removeValue(forKey: delivered) {
                try onFinish(delivered, next)
                delivered += 1
            }
        }
    }

    /// Plays the episodes and returns what happened in them, in the order of the list.
    ///
    /// - Throws: What the environments, the policy or the observer throw.
    public func run(_ episodes: [EpisodeRequest]) throws -> [Trajectory] {
        var trajectories: [Trajectory] = []
        try run(episodes) { trajectories.append($1) }
        return trajectories
    }

    private func begin(_ queue: inout Queue) throws {
        let starts = queue.takeNext()
        if starts.isEmpty { return }
        let requests = starts.map { ResetRequest(slot: $0.slot, task: $0.request.task, seed: $0.request.seed) }
        let observations = try batch.reset(requests)
        for (start, observation) in zip(starts, observations) {
            try policy.begin(slot: start.slot, task: start.request.task, seed: start.request.policySeed)
            queue.running[start.slot] = Episode(start, observation: observation)
        }
    }

    /// Advances every running episode by one step and returns those that ended.
    private func step(_ queue: inout Queue) throws -> [(episode: Int, trajectory: Trajectory)] {
        let requests = queue.actionRequests
        let actions = try policy.act(requests)
        precondition(actions.count == requests.count, "a policy must choose one action for each request")
        let steps = zip(requests, actions).map { StepRequest(slot: $0.slot, action: $1.map { Double(Float($0)) }) }
        var ended: [(Int, Trajectory)] = []
        for (request, result) in zip(steps, try batch.step(steps)) {
            queue.running[request.slot]?.record(request.action, result)
            guard let episode = queue.running[request.slot] else { continue }
            try observer?(episode.report(slot: request.slot, outcome: result.outcome))
            guard episode.isOver else { continue }
            ended.append((episode.index, episode.trajectory))
            queue.running[request.slot] = nil
        }
        return ended
    }
}

/// The episodes that are still to begin, and those in the slots.
private struct Queue {
    typealias Start = (slot: Int, index: Int, request: EpisodeRequest)

    private let episodes: [EpisodeRequest]
    private var next = 0
    /// The episode in each slot.
    var running: [Episode?]

    init(episodes: [EpisodeRequest], slots: Int) {
        self.episodes = episodes
        running = [Episode?](repeating: nil, count: slots)
    }

    var isIdle: Bool { running.allSatisfy { $0 == nil } }

    var actionRequests: [ActionRequest] {
        running.enumerated().compactMap { slot, episode in
            episode.map { ActionRequest(slot: slot, observation: $0.observation, reward: $0.lastReward) }
        }
    }

    /// The episodes that the free slots are to play next.
    mutating func takeNext() -> [Start] {
        var starts: [Start] = []
        for slot in running.indices where running[slot] == nil && next < episodes.count {
            starts.append((slot, next, episodes[next]))
            next += 1
        }
        return starts
    }
}

/// An episode that is being played.
private struct Episode {
    let index: Int
    private let task: TaskSpecification
    private(set) var observation: [Double]
    private(set) var lastReward = 0.0
    private(set) var trajectory: Trajectory
    /// The environment has ended the episode itself.
    private var wasEnded = false

    init(_ start: Queue.Start, observation: [Double]) {
        index = start.index
        task = start.request.task
        self.observation = observation
        trajectory = Trajectory(task: task.name, source: start.request.source, seed: start.request.seed)
    }

    var isOver: Bool { wasEnded || trajectory.steps == task.episodeSteps }

    mutating func record(_ action: [Double], _ result: StepResult) {
        for number in observation { trajectory.observations.append(Float(number)) }
        for number in action { trajectory.actions.append(Float(number)) }
        trajectory.rewards.append(Float(result.outcome.reward))
        trajectory.successes.append(result.outcome.succeeded)
        trajectory.terminated = result.outcome.terminated
        wasEnded = result.outcome.isLast
        observation = result.observation
        lastReward = result.outcome.reward
    }

    func report(slot: Int, outcome: StepOutcome) -> EpisodeStep {
        EpisodeStep(episode: index, slot: slot, step: trajectory.steps, outcome: outcome, isLast: isOver)
    }
}
