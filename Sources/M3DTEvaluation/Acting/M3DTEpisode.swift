import M3DTTasks

/// One episode that a policy plays: what was seen, what was done, what return is still to be reached.
public final class M3DTEpisode {
    public let task: TaskSpecification
    /// The undiscounted, unscaled return that is still to be reached: the target less the rewards so far.
    public private(set) var returnToGo: Double
    private(set) var history: StepHistory
    let promptKey: PromptKey
    /// What the last step left for the next one, with a rolling cache.
    var recent: RecentTokens.Row?
    private let policy: M3DTPolicy
    private let scaling: ObservationScaling

    init(_ policy: M3DTPolicy, _ profile: TaskProfile, promptRow: Int, targetReturn: Double) {
        self.policy = policy
        task = profile.task
        scaling = profile.scaling
        returnToGo = targetReturn
        history = StepHistory(limit: policy.description.model.contextSteps)
        promptKey = PromptKey(task: profile.task.name, row: promptRow)
    }

    /// Steps acted in so far.
    public var stepCount: Int { history.count }

    /// Chooses the next action.
    ///
    /// - Parameters:
    ///   - observation: As the environment gave it, of the task's width.
    ///   - reward: What the action before earned; 0 at the first step.
    /// - Returns: An action of the task's width, each number in -1 ... 1.
    /// - Throws: ``PolicyError`` for an observation of another width, numbers that are not finite, or an episode longer than the
    ///   model knows; the episode is then as it was before.
    public func act(observation: [Double], reward: Double = 0) throws -> [Double] {
        try policy.act([EpisodeStep(episode: self, observation: observation, reward: reward)])[0]
    }
}

/// What one of several episodes has come to.
struct EpisodeStep {
    let episode: M3DTEpisode
    let observation: [Double]
    let reward: Double
}

extension M3DTPolicy {
    /// Chooses an action in each of several different episodes.
    func act(_ steps: [EpisodeStep]) throws -> [[Double]] {
        if steps.isEmpty { return [] }
        for step in steps { try step.episode.check(step) }
        for step in steps { step.episode.observe(step) }
        let actions = try predict(steps.map(\.episode))
        return try zip(steps, actions).map { try $0.episode.remember($1) }
    }
}

extension M3DTEpisode {
    fileprivate func check(_ step: EpisodeStep) throws {
        let observation = step.observation
        guard observation.count == task.observationWidth else {
            throw PolicyError.observationWidth(
                task: task.name, step: stepCount, expected: task.observationWidth, found: observation.count)
        }
        if let index = observation.firstIndex(where: { !Float($0).isFinite }) {
            throw PolicyError.observationNotFinite(task: task.name, step: stepCount, index: index)
        }
        guard step.reward.isFinite else { throw PolicyError.rewardNotFinite(task: task.name, step: stepCount) }
        let limit = policy.description.model.episodeSteps
        guard stepCount < limit else { throw PolicyError.episodeTooLong(task: task.name, limit: limit) }
    }

    fileprivate func observe(_ step: EpisodeStep) {
        returnToGo -= step.reward
        history.observe(state: scaling.scaled(step.observation), returnToGo: Float(returnToGo / task.returnScale))
    }

    /// Notes a prediction and cuts it to the task's width.
    fileprivate func remember(_ predicted: [Float]) throws -> [Double] {
        guard predicted.allSatisfy(\.isFinite) else {
            throw PolicyError.actionNotFinite(task: task.name, step: stepCount - 1)
        }
        let used = predicted.prefix(task.actionWidth)
        let unused = policy.description.leaksUnusedActions ? predicted.dropFirst(task.actionWidth) : []
        history.act(Array(used + unused))
        return used.map(Double.init)
    }
}
