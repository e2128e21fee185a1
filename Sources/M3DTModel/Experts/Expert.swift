import M3DTRandom
import M3DTTensor

/// What an expert is in one block.
protocol ExpertNetwork: Module {
    /// Shapes: `hidden` [B, Tk, D], or [B, Tq, D] for a network that does not look back; result [B, Tq, D].
    func callAsFunction(_ hidden: Tensor, mask: AttentionMask, _ context: ForwardContext) throws -> Tensor
}

extension FeedForward: ExpertNetwork {
    func callAsFunction(_ hidden: Tensor, mask: AttentionMask, _ context: ForwardContext) throws -> Tensor {
        try self(hidden, context)
    }
}

extension CausalSelfAttention: ExpertNetwork {
    func callAsFunction(_ hidden: Tensor, mask: AttentionMask, _ context: ForwardContext) throws -> Tensor {
        try self(hidden, queries: .last(mask.queries), mask: mask, past: [], context).0
    }
}

/// One expert: a network beside every block.
public final class Expert: FeedForwardBranch {
    let blocks: [any ExpertNetwork]
    public let looksBack: Bool

    /// Makes an expert with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(
        _ configuration: ModelConfiguration, options: ExpertOptions = ExpertOptions(), stream: RandomStream
    ) throws {
        blocks = try (0..<configuration.layers).map { index in
            var random = stream.split(index)
            switch options.form {
            case .feedForward:
                return try FeedForward(
                    width: configuration.width, hiddenWidth: options.hiddenFactor * configuration.width,
                    dropout: configuration.dropout, stream: &random)
            case .attention:
                return try CausalSelfAttention(
                    width: configuration.width, heads: configuration.heads, dropout: configuration.dropout,
                    stream: &random)
            }
        }
        looksBack = options.form == .attention
    }

    public var namedParameters: [NamedParameter] {
        blocks.enumerated().flatMap { $1.namedParameters(under: "block_\($0)") }
    }

    public func callAsFunction(
        _ hidden: Tensor, block: Int, mask: AttentionMask, _ pass: BranchPass
    ) throws -> Tensor {
        try blocks[block](hidden, mask: mask, pass.experts)
    }
}
