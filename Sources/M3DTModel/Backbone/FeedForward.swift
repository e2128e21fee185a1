import M3DTRandom
import M3DTTensor

/// The feed-forward network of a block: D to 4D, ReLU, back to D, dropout.
public final class FeedForward: Module {
    public let input: Linear
    public let output: Linear
    let dropout: Double

    /// Makes a network with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(width: Int, hiddenWidth: Int, dropout: Double, stream: inout RandomStream) throws {
        input = try .gpt2(in: width, out: hiddenWidth, stream: &stream)
        output = try .gpt2(in: hiddenWidth, out: width, stream: &stream)
        self.dropout = dropout
    }

    public var namedParameters: [NamedParameter] {
        input.namedParameters(under: "c_fc") + output.namedParameters(under: "c_proj")
    }

    /// Shapes: `hidden` [B, T, D]; result the same.
    /// - Throws: ``TensorError`` where an operation fails.
    public func callAsFunction(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        try context.dropout(undropped(hidden, context), dropout)
    }

    /// The same before dropout.
    func undropped(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        try output(input.rectified(hidden, context), context)
    }
}
