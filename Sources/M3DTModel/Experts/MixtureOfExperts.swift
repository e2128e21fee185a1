import M3DTRandom
import M3DTTensor

// Legend: B rows, Tq tokens that are wanted, Tk tokens with those before, D width, E experts.

/// All experts in every block, weighed by a router.
///
/// By default every expert takes part for every token, as in M3DT; ``MixtureConfiguration`` has the alternatives.
/// Source: the paper, section on the model.
public final class MixtureOfExperts: FeedForwardBranch {
    private enum Layer {
        case feedForward(ExpertStack)
        case attention(AttentionExperts)

        var module: any Module {
            switch self {
            case .feedForward(let stack): stack
            case .attention(let experts): experts
            }
        }
    }

    public let configuration: MixtureConfiguration
    public let routers: [Router]
    private let layers: [Layer]
    /// In a mixture of all experts, those whose gate for a token is no larger are not computed for it. Default: 0, so that all
    /// are.
    ///
    /// The sum of the experts is then off by what was left out: at most the threshold times the sum of the lengths of the
    /// experts' outputs, in each block.
    public var gateThreshold = 0.0
    /// Pairs of a token and an expert that were computed under a threshold, and those that there were.
    public private(set) var computedPairs = (kept: 0, all: 0)
    /// Called with the gates of each block, [B, Tq, E], whenever they are computed.
    public var gateObserver: ((_ block: Int, _ gates: Tensor) throws -> Void)?

    /// Joins experts under fresh routers; the experts' weights are copied.
    ///
    /// - Parameter configuration: Default: the paper's mixture of as many experts as there are.
    /// - Throws: ``ModelError/configuration(field:problem:)`` where there are no experts or the choices do not fit together.
    public init(
        _ model: ModelConfiguration, _ configuration: MixtureConfiguration? = nil, experts: [Expert],
        stream: RandomStream
    ) throws {
        let configuration = configuration ?? MixtureConfiguration(experts: experts.count)
        try configuration.validate()
        guard experts.count == configuration.experts else {
            throw ModelError.configuration(
                field: "experts", problem: "is \(configuration.experts), and there are \(experts.count)")
        }
        self.configuration = configuration
        routers = try (0..<model.layers).map { index in
            var random = stream.split(index)
            return try Router(
                width: model.width, experts: experts.count, options: configuration.router,
                isNoisy: configuration.gate.form == .topK, stream: &random)
        }
        layers = try (0..<model.layers).map { index in
            let networks = experts.map { $0.blocks[index] }
            switch configuration.expert.form {
            case .feedForward: return .feedForward(try ExpertStack(networks.compactMap { $0 as? FeedForward }))
            case .attention: return .attention(AttentionExperts(networks.compactMap { $0 as? CausalSelfAttention }))
            }
        }
    }

    /// Makes a mixture with fresh experts and routers.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the choices do not fit together.
    public convenience init(
        _ model: ModelConfiguration, _ configuration: MixtureConfiguration, stream: RandomStream
    ) throws {
        let experts = try (0..<max(configuration.experts, 0)).map {
            try Expert(model, options: configuration.expert, stream: stream.split("expert").split($0))
        }
        try self.init(model, configuration, experts: experts, stream: stream.split("routers"))
    }

    public var expertCount: Int { configuration.experts }

    /// All experts are feed-forward networks, and all take part for every token.
    public var computesEveryExpert: Bool {
        configuration.gate.form == .dense && configuration.expert.form == .feedForward
    }

    /// What is computed for a row does not depend on the other rows of its batch.
    ///
    /// Not so where experts' shares of a batch are balanced, nor where tokens of all rows make an expert's input.
    public var rowsAreIndependent: Bool { configuration.gate.form == .dense }

    public var looksBack: Bool {
        configuration.gate.form == .soft || configuration.router.scope == .sequence
            || configuration.expert.form == .attention
    }

    public var namedParameters: [NamedParameter] { routerParameters + expertParameters }

    /// The weights of the routers, all that stage 3 trains.
    public var routerParameters: [NamedParameter] {
        routers.enumerated().flatMap { $1.namedParameters(under: "block_\($0).router") }
    }

    /// The weights of the experts.
    public var expertParameters: [NamedParameter] {
        layers.enumerated().flatMap { $1.module.namedParameters(under: "block_\($0).experts") }
    }

    public func callAsFunction(
        _ hidden: Tensor, block: Int, mask: AttentionMask, _ pass: BranchPass
    ) throws -> Tensor {
        let tokens = try hidden.last(mask.queries, of: 1)
        let routed = configuration.router.scope == .sequence ? try mask.runningMean(of: hidden) : tokens
        let gates = try gates(routed, block: block, pass.routers)
        try gateObserver?(block, gates)
        switch (layers[block], configuration.gate.form) {
        case (.attention(let experts), _):
            return try experts(hidden, gates: gates, mask: mask, pass.experts)
        case (.feedForward(let stack), .dense):
            guard gateThreshold > 0 else { return try stack.dense(tokens, gates: gates, pass.experts) }
            return try stack.sparse(tokens, gates: largeGates(gates), pass.experts)
        case (.feedForward(let stack), .topK):
            return try stack.sparse(tokens, gates: gates, pass.experts)
        case (.feedForward(let stack), .soft):
            let inputs = try expertInputs(hidden, scores: routers[block].scores(hidden, pass.routers), mask: mask)
            return try stack.soft(inputs, gates: gates, pass.experts)
        }
    }

    private func gates(_ hidden: Tensor, block: Int, _ context: ForwardContext) throws -> Tensor {
        guard configuration.gate.form == .topK else { return try routers[block](hidden, context) }
        let gates = try routers[block].topK(configuration.gate.k, hidden, context)
        if configuration.gate.balance > 0 {
            try context.penalize(Self.unevenness(gates) * configuration.gate.balance)
        }
        return gates
    }

    /// The gates over the threshold; 0 for the others.
    private func largeGates(_ gates: Tensor) throws -> Tensor {
        let isLarge = try gates.greater(than: gateThreshold)
        computedPairs.kept += Int(try isLarge.converted(to: .float32).sum().scalar())
        computedPairs.all += gates.shape.reduce(1, *)
        return try gates.whereTrue(isLarge, otherwise: 0)
    }

    /// The squared coefficient of variation of the experts' shares.
    ///
    /// Shapes: `gates` [B, T, E]; result one number.
    private static func unevenness(_ gates: Tensor) throws -> Tensor {
        let shares = try gates.mean([0, 1]) * Double(gates.shape[2])
        return try (shares - 1).square().mean()
    }

    /// What each expert is given for each token: the mean of the tokens so far, weighed by its scores.
    ///
    /// Shapes: `hidden` [B, Tk, D], `scores` [B, Tk, E]; result [B, E, Tq, D].
    private func expertInputs(_ hidden: Tensor, scores: Tensor, mask: AttentionMask) throws -> Tensor {
        let (rows, keys, experts) = (scores.shape[0], scores.shape[1], scores.shape[2])
        let columns = try scores.permuted([0, 2, 1]).reshaped([rows, experts, 1, keys])
            .expanded([rows, experts, mask.queries, keys])
        return try mask.apply(to: columns).softmax()
            .matmul(hidden.reshaped([rows, 1, keys, hidden.shape[2]]))
    }
}
