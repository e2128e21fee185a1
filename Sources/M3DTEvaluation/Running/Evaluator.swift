import M3DTTasks

/// How far an evaluation has come.
public struct EvaluationProgress: Sendable, Equatable {
    public let finishedEpisodes: Int
    public let episodes: Int
    /// Environment steps of all episodes so far.
    public let steps: Int
    /// The episode that has just ended.
    public let row: EvaluationRow
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
    ///   - progress: Called at the end of every episode. What it throws ends the evaluation.
    /// - Returns: A row for each episode: task by task, seed by seed, episode by episode.
    /// - Throws: What the policy, the environments and `progress` throw.
    public func rows(
        of policy: any Policy, in environments: any EnvironmentBatch,
        progress: (EvaluationProgress) throws -> Void = { _ in }
    ) throws -> [EvaluationRow] {
        let episodes = plan.episodes
        var tallies = [Tally](repeating: Tally(), count: episodes.count)
        var (rows, finished, steps) = ([EvaluationRow?](repeating: nil, count: episodes.count), 0, 0)
        try withoutActuallyEscaping(progress) { progress in
            let runner = EpisodeRunner(batch: environments, policy: policy)
            runner.observer = { step in
                tallies[step.episode].add(step.outcome)
                steps += 1
                guard step.isLast else { return }
                let row = row(of: episodes[step.episode], tallies[step.episode])
                rows[step.episode] = row
                finished += 1
                try progress(
                    EvaluationProgress(finishedEpisodes: finished, episodes: episodes.count, steps: steps, row: row))
            }
            defer { runner.observer = nil }
            try runner.run(episodes.map { $0.request(source: method) }) { _, _ in }
        }
        return rows.compactMap(\.self)
    }

    /// What has happened in an episode so far.
    private struct Tally {
        var episodeReturn = 0.0
        var succeeded = false
        var steps = 0

        mutating func add(_ outcome: StepOutcome) {
            episodeReturn += outcome.reward
            succeeded = succeeded || outcome.succeeded
            steps += 1
        }
    }

    private func row(of episode: EvaluationPlan.Episode, _ tally: Tally) -> EvaluationRow {
        EvaluationRow(
            method: method, task: episode.task.name, domain: episode.task.domain, seed: episode.seed,
            episode: episode.number, episodeReturn: tally.episodeReturn, succeeded: tally.succeeded,
            score: episode.task.score.score(episodeReturn: tally.episodeReturn, succeeded: tally.succeeded),
            steps: tally.steps)
    }
}
