import M3DTTasks

/// How one episode of an evaluation ended.
public struct EvaluationRow: Codable, Sendable, Hashable {
    /// Who acted, such as `M3DT`.
    public let method: String
    public let task: String
    public let domain: Domain
    public let seed: UInt64
    /// Counted from 0 for each task and seed.
    public let episode: Int
    /// The undiscounted sum of rewards.
    public let episodeReturn: Double
    /// The goal was reached at any step.
    public let succeeded: Bool
    /// 0 ... 100.
    public let score: Double
    /// Control steps played.
    public let steps: Int

    public init(
        method: String, task: String, domain: Domain, seed: UInt64, episode: Int, episodeReturn: Double,
        succeeded: Bool, score: Double, steps: Int
    ) {
        self.method = method
        self.task = task
        self.domain = domain
        self.seed = seed
        self.episode = episode
        self.episodeReturn = episodeReturn
        self.succeeded = succeeded
        self.score = score
        self.steps = steps
    }
}
