import M3DTModel

/// How a policy computes its actions.
public struct ActingOptions: Sendable, Equatable {
    /// What is kept of an episode's context from one step to the next.
    public enum Cache: String, Sendable, CaseIterable {
        /// Nothing: each context is computed anew.
        case exact
        /// Keys and values of its tokens, so that a step computes its own tokens alone. Once an episode is longer than the
        /// context, kept tokens know of steps that have left it, and actions differ a little: see ``RollingCache``.
        case rolling
    }

    public var cache = Cache.exact
    /// Experts whose gate for a token is no larger are left out; see ``MixtureOfExperts/gateThreshold``.
    public var gateThreshold = 0.0

    public init(cache: Cache = .exact, gateThreshold: Double = 0) {
        self.cache = cache
        self.gateThreshold = gateThreshold
    }

    /// Checks that a policy can act so.
    ///
    /// - Throws: ``PolicyError/acting(option:problem:)``.
    func check(_ network: PolicyNetwork) throws {
        guard (0..<1).contains(gateThreshold) else {
            throw PolicyError.acting(option: "gate threshold", problem: "it must be at least 0 and less than 1")
        }
        let mixture = network.branch as? MixtureOfExperts
        if gateThreshold > 0, mixture?.computesEveryExpert != true {
            throw PolicyError.acting(
                option: "gate threshold", problem: "it is for mixtures in which every feed-forward expert takes part")
        }
        if cache == .rolling, !network.models.allSatisfy({ $0 is PromptDT }) || network.branch?.looksBack == true {
            throw PolicyError.acting(
                option: "rolling cache",
                problem: "it is for decision transformers whose experts look at single tokens; act with the exact one")
        }
    }
}
