/// Everything that is fixed about a task: its widths, its length and how it is scored.
public struct TaskSpecification: Codable, Sendable, Hashable {
    /// The unique name, such as `cheetah-vel-07`.
    public let name: String
    public let domain: Domain
    /// Numbers in an observation.
    public let observationWidth: Int
    /// Numbers in an action, each in -1 ... 1.
    public let actionWidth: Int
    /// Control steps after which an episode is cut off.
    public let episodeSteps: Int
    /// What distinguishes the task inside its domain: a velocity in m/s, a heading in radians.
    public let goal: Double?
    /// The undiscounted return that a policy is asked for at the start of an episode.
    public let targetReturn: Double
    /// Returns-to-go are divided by this before a model sees them.
    public let returnScale: Double
    public let score: ScoreRule
    /// Episodes a task is evaluated on under the reference's protocol.
    public let evaluationEpisodes: Int

    public init(
        name: String, domain: Domain, observationWidth: Int, actionWidth: Int, episodeSteps: Int, goal: Double? = nil,
        targetReturn: Double, returnScale: Double, score: ScoreRule, evaluationEpisodes: Int
    ) {
        self.name = name
        self.domain = domain
        self.observationWidth = observationWidth
        self.actionWidth = actionWidth
        self.episodeSteps = episodeSteps
        self.goal = goal
        self.targetReturn = targetReturn
        self.returnScale = returnScale
        self.score = score
        self.evaluationEpisodes = evaluationEpisodes
    }
}
