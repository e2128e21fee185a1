/// How the experts' weights in the sum are found.
public enum GateForm: String, Codable, Sendable, CaseIterable {
    /// A softmax over all experts, all of which are computed: M3DT's.
    case dense
    /// A softmax over the k experts of the largest scores, with noise on the scores in training; no other expert is computed.
    ///
    /// Source: Shazeer et al., "Outrageously large neural networks", 2017, section 2.1.
    case topK
    /// Each expert is given a mean of the tokens, weighed by its own scores, and each token a mean of the experts' outputs.
    ///
    /// Deviation: the mean runs over the tokens so far, for each token anew, since a policy cannot know those to come.
    /// Source: Puigcerver et al., "From sparse to soft mixtures of experts", 2024.
    case soft
}

/// How experts are chosen for a token.
public struct GateOptions: Codable, Sendable, Equatable {
    /// Default: ``GateForm/dense``.
    public var form = GateForm.dense
    /// The experts of a token with ``GateForm/topK``. Default: 4, as the paper compares with.
    public var k = 4
    /// With ``GateForm/topK``: what is added to the training loss times the squared coefficient of variation of the experts'
    /// shares of the gates, so that no expert is left out. Default: 0.01.
    public var balance = 0.01

    public init() {}
}

/// What a router looks at.
public enum RouterScope: String, Codable, Sendable, CaseIterable {
    /// Each token alone: M3DT's.
    case token
    /// The mean of all tokens so far, so that the gates of a sequence hardly change from token to token.
    case sequence
}

/// The shape of the network that scores the experts.
public struct RouterOptions: Codable, Sendable, Equatable {
    /// Linear layers, at least 1. Default: 5.
    public var layers = 5
    /// The width of all hidden layers but the last, in multiples of D; the last has half of it. Default: 4.
    public var widthFactor = 4
    /// Default: ``RouterScope/token``.
    public var scope = RouterScope.token

    public init() {}
}

/// What an expert is in a block.
public enum ExpertForm: String, Codable, Sendable, CaseIterable {
    /// A feed-forward network.
    case feedForward
    /// Causal self-attention over the same tokens.
    case attention
}

/// The shape of experts.
public struct ExpertOptions: Codable, Sendable, Equatable {
    /// Default: ``ExpertForm/feedForward``.
    public var form = ExpertForm.feedForward
    /// Hidden units of a feed-forward expert in multiples of D. Default: 4, the backbone's.
    public var hiddenFactor = 4

    public init() {}
}

/// Everything about a mixture of experts but the sizes of its backbone.
public struct MixtureConfiguration: Codable, Sendable, Equatable {
    /// N.
    public var experts: Int
    /// How experts are chosen for a token.
    public var gate: GateOptions
    /// What scores the experts.
    public var router: RouterOptions
    /// What an expert is.
    public var expert: ExpertOptions

    /// Defaults are the paper's mixture.
    public init(
        experts: Int, gate: GateOptions = GateOptions(), router: RouterOptions = RouterOptions(),
        expert: ExpertOptions = ExpertOptions()
    ) {
        self.experts = experts
        self.gate = gate
        self.router = router
        self.expert = expert
    }

    /// Checks that the choices fit together.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` that names the first field that does not.
    public func validate() throws {
        for (field, value) in [
            ("experts", experts), ("router.layers", router.layers), ("expert.hiddenFactor", expert.hiddenFactor),
        ] where value < 1 {
            throw ModelError.configuration(field: field, problem: "must be at least one, not \(value)")
        }
        guard router.widthFactor >= 1 else {
            throw ModelError.configuration(
                field: "router.widthFactor", problem: "must be at least one, not \(router.widthFactor)")
        }
        if gate.form == .topK, !(1...experts).contains(gate.k) {
            throw ModelError.configuration(
                field: "gate.k", problem: "must be from 1 to the number of experts, \(experts), not \(gate.k)")
        }
        guard gate.balance >= 0, gate.balance.isFinite else {
            throw ModelError.configuration(
                field: "gate.balance", problem: "must be zero or a positive number, not \(gate.balance)")
        }
        if expert.form == .attention, gate.form != .dense {
            throw ModelError.configuration(field: "expert.form", problem: "can be attention with dense gates only")
        }
        if gate.form == .soft, router.scope == .sequence {
            throw ModelError.configuration(
                field: "router.scope", problem: "must be token with soft gates, which weigh tokens against each other")
        }
    }
}
