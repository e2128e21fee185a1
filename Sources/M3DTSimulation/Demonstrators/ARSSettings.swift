/// How an augmented random search runs.
///
/// Source: Mania, Guy and Recht, "Simple random search provides a competitive approach to reinforcement learning", 2018,
/// the variant V2-t: normalised observations, only the best directions count.
public struct ARSSettings: Codable, Sendable, Hashable {
    /// Directions that are tried in an iteration, each forwards and backwards.
    public var directions = 16
    /// Directions that count, those whose better side got the highest returns.
    public var best = 8
    /// How far the weights move, in units of the spread of the returns.
    public var stepSize = 0.02
    /// How far a tried direction leads away from the weights.
    public var noise = 0.02
    /// Iterations in all.
    public var iterations = 400
    /// Iterations between two looks at the policy itself.
    public var evaluationInterval = 20
    /// Episodes of such a look.
    public var evaluationEpisodes = 6
    /// Decides all that is drawn at random.
    public var seed: UInt64 = 0

    public init() {}
}
