import M3DTRandom
import M3DTTensor

/// One expert: a feed-forward network of the backbone's shape beside every block.
public final class Expert: FeedForwardBranch {
    public let blocks: [FeedForward]

    /// Makes an expert with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(_ configuration: ModelConfiguration, stream: RandomStream) throws {
        blocks = try (0..<configuration.layers).map { index in
            var random = stream.split(index)
            return try FeedForward(
                width: configuration.width, hiddenWidth: configuration.hiddenWidth, dropout: configuration.dropout,
                stream: &random)
        }
    }

    public var namedParameters: [NamedParameter] {
        blocks.enumerated().flatMap { $1.namedParameters(under: "block_\($0)") }
    }

    public func callAsFunction(_ hidden: Tensor, block: Int, _ context: ForwardContext) throws -> Tensor {
        try blocks[block](hidden, context)
    }
}
