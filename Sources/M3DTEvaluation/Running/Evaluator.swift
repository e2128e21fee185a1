import M3DTTasks

/// How far an evaluation has come.
public struct EvaluationProgress: Sendable, Equatable {
    public let finishedEpisodes: Int
    public let episodes: Int
    /// Environment steps of all episodes so far.
    public let steps: Int
    /// The episodes that have just ended.
    public let newRows: [EvaluationRow]
}

/// Plays episodes of many tasks at once: the environments step in threads, and one call of the policy serves them all.
///
/// A slot that finishes its episode takes the next one at once, so the batch stays full until the last episodes. The same plan
/// gives the same rows, bit for bit, with any number of threads. With another number of slots a policy's passes through its
/// model have other sizes and round otherwise; policies that look at each request alone do not notice.
public struct Evaluator {
    private let plan: EvaluationPlan
    private let method: String

    /// - Parameter method: What the rows call the policy.
    public init(_ plan: EvaluationPlan, method: String) {
        self.plan = plan
        self.method = method
    }

    /// Plays all episodes of the plan.
    ///
    /// - Parameters:
    ///   - policy: Must serve as many slots as there are environments.
    ///   - environments: As many episodes are played at once as it has slots.
    ///   - progress: Called after every step in which an episode has ended. What it throws ends the evaluation.
    /// - Returns: A row for each episode: task by task, seed by seed, episode by episode.
    /// - Throws: What the policy, the environments and `progress` throw.
    public func rows(
        of policy: any Policy, in environments: any EnvironmentBatch,
        progress: (EvaluationProgress) throws -> Void = { _ in }
    ) throws -> [EvaluationRow] {
        var round = EvaluationRound(plan.episodes, method: method, slots: environments.slotCount)
        while true {
            try round.fill(policy, environments)
            if round.isFinished { return round.orderedRows }
            let ended = try round.step(policy, environments)
            if !ended.isEmpty { try progress(round.progress(with: ended)) }
        }
    }
}
