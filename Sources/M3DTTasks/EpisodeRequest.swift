/// An episode that is to be played.
public struct EpisodeRequest: Sendable, Hashable {
    public let task: TaskSpecification
    /// What the environment takes its chances from.
    public let seed: UInt64
    /// What the policy takes its chances from.
    public let policySeed: UInt64
    /// Who acts, for the record.
    public let source: String

    /// - Parameter policySeed: Default: that of the environment.
    public init(task: TaskSpecification, seed: UInt64, policySeed: UInt64? = nil, source: String) {
        self.task = task
        self.seed = seed
        self.policySeed = policySeed ?? seed
        self.source = source
    }
}

/// What an observer learns after each step of an episode.
public struct EpisodeStep: Sendable, Hashable {
    /// The episode's place in the list that is played.
    public let episode: Int
    /// Where it is played; an observer may look at the environment there.
    public let slot: Int
    /// Control steps of the episode so far, this one included.
    public let step: Int
    public let outcome: StepOutcome
    /// It was the episode's last step.
    public let isLast: Bool
}
