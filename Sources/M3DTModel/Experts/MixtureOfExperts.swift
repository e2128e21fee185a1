import M3DTRandom
import M3DTTensor

/// All experts in every block, weighed by a router for every token.
///
/// Every expert takes part for every token; there is no top-k. Source: the paper, section on the model.
public final class MixtureOfExperts: FeedForwardBranch {
    public let routers: [Router]
    public let stacks: [ExpertStack]
    /// Called with the gates of each block, [B, T, E], whenever they are computed.
    public var gateObserver: ((_ block: Int, _ gates: Tensor) throws -> Void)?

    /// Joins trained experts under fresh routers; the experts' weights are copied.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where there are no experts.
    public convenience init(_ configuration: ModelConfiguration, experts: [Expert], stream: RandomStream) throws {
        try self.init(configuration, experts: experts.count, stream: stream) { index in
            try ExpertStack(experts.map { $0.blocks[index] })
        }
    }

    /// Makes room for trained weights, which must be loaded before use: the experts are zero.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where there is no expert.
    public convenience init(_ configuration: ModelConfiguration, expertCount: Int) throws {
        try self.init(configuration, experts: expertCount, stream: RandomStream(seed: 0)) { _ in
            try ExpertStack(configuration, experts: expertCount)
        }
    }

    private init(
        _ configuration: ModelConfiguration, experts: Int, stream: RandomStream,
        stack: (_ block: Int) throws -> ExpertStack
    ) throws {
        guard experts > 0 else {
            throw ModelError.configuration(field: "experts", problem: "must be at least one")
        }
        routers = try (0..<configuration.layers).map { index in
            var random = stream.split(index)
            return try Router(width: configuration.width, experts: experts, stream: &random)
        }
        stacks = try (0..<configuration.layers).map(stack)
    }

    public var expertCount: Int { stacks[0].outBias.value.shape[0] }

    public var namedParameters: [NamedParameter] { routerParameters + expertParameters }

    /// The weights of the routers, all that stage 3 trains.
    public var routerParameters: [NamedParameter] {
        routers.enumerated().flatMap { $1.namedParameters(under: "block_\($0).router") }
    }

    /// The weights of the experts.
    public var expertParameters: [NamedParameter] {
        stacks.enumerated().flatMap { $1.namedParameters(under: "block_\($0).experts") }
    }

    public func callAsFunction(_ hidden: Tensor, block: Int, _ context: ForwardContext) throws -> Tensor {
        let gates = try routers[block](hidden, context)
        try gateObserver?(block, gates)
        return try stacks[block](hidden, gates: gates, context)
    }
}
