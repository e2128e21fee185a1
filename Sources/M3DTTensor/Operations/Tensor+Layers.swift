import CTorchBridge
import M3DTRandom
import M3DTStorage

/// The operations that layers are made of.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// The matrix product over the last two dimensions, broadcast over the others.
    public func matmul(_ other: Tensor) throws -> Tensor {
        try .make("matmul", [self, other]) { m3dt_matmul(handle, other.handle, $0) }
    }

    /// How the matrix of a linear map is stored.
    public enum WeightLayout: Sendable {
        /// [out, in], PyTorch's `Linear`.
        case outIn
        /// [in, out], GPT-2's `Conv1D`.
        case inOut
    }

    /// A linear map of the last dimension.
    public func linear(_ weight: Tensor, bias: Tensor?, layout: WeightLayout) throws -> Tensor {
        try .make("linear", [self, weight] + (bias.map { [$0] } ?? [])) {
            m3dt_linear(handle, weight.handle, bias?.handle, layout == .inOut, $0)
        }
    }

    /// Normalises the last dimension to mean 0 and variance 1, then scales and shifts it.
    ///
    /// - Parameter type: The result's. Default: this tensor's.
    public func layerNorm(
        _ weight: Tensor, _ bias: Tensor, epsilon: Double, as type: ElementType? = nil
    ) throws -> Tensor {
        try .make("layerNorm", [self, weight, bias]) {
            m3dt_layer_norm(handle, weight.handle, bias.handle, epsilon, (type ?? self.type).bridgeNumber, $0)
        }
    }

    /// The sum with what a layer adds, which may be of lower precision, in this tensor's type.
    ///
    /// - Parameter dropout: What of the addend is dropped. Default: nothing.
    public func adding(_ addend: Tensor, dropout: DropoutDraw? = nil) throws -> Tensor {
        var drop = (dropout ?? DropoutDraw(probability: 0, key: 0)).drop
        return try .make("adding", [self, addend]) { m3dt_residual(handle, addend.handle, &drop, $0) }
    }

    /// This float32 weight in bfloat16.
    func roundedWeight() throws -> Tensor {
        try .make("roundedWeight", [self]) { m3dt_rounded_weight(handle, $0) }
    }

    /// Rows of this matrix, chosen by whole numbers (int64) of any shape.
    public func embedding(_ indices: Tensor) throws -> Tensor {
        try .make("embedding", [self, indices]) { m3dt_embedding(handle, indices.handle, $0) }
    }

    /// Exponentials along a dimension, divided by their sum.
    public func softmax(_ dimension: Int = -1) throws -> Tensor {
        try .make("softmax", [self]) { m3dt_softmax(handle, Int64(dimension), $0) }
    }

    /// The logarithm of ``softmax(_:)``, without overflow.
    public func logSoftmax(_ dimension: Int = -1) throws -> Tensor {
        try .make("logSoftmax", [self]) { m3dt_log_softmax(handle, Int64(dimension), $0) }
    }

    /// Sets elements to 0 with the given probability and scales the others up; takes one word from the stream.
    public func dropout(_ probability: Double, stream: inout RandomStream) throws -> Tensor {
        try dropout(DropoutDraw(probability: probability, key: stream.next()))
    }

    /// Sets elements to 0 and scales the others up.
    func dropout(_ draw: DropoutDraw) throws -> Tensor {
        var drop = draw.drop
        return try .make("dropout", [self]) { m3dt_dropout(handle, &drop, $0) }
    }

    /// The sum over all experts of gate times expert, where an expert is relu(x A + a) B + b.
    ///
    /// Only one expert's hidden units are in memory at a time, in both passes.
    /// Shapes: self [M, D], `gates` [M, E], `inWeight` A [E, D, H], `inBias` a [E, H], `outWeight` B [E, H, D],
    /// `outBias` b [E, D]; result [M, D].
    /// - Parameter dropout: What of each expert's output is dropped before its gate. Default: nothing.
    public func mixture(
        gates: Tensor, inWeight: Tensor, inBias: Tensor, outWeight: Tensor, outBias: Tensor, dropout: DropoutDraw? = nil
    ) throws -> Tensor {
        var drop = (dropout ?? DropoutDraw(probability: 0, key: 0)).drop
        return try .make("mixture", [self, gates, inWeight, inBias, outWeight, outBias]) {
            m3dt_mixture(
                handle, gates.handle, inWeight.handle, inBias.handle, outWeight.handle, outBias.handle, &drop, $0)
        }
    }

    /// The same sum over the experts whose gate is not 0: no other expert is computed for a row, nor gets a gradient from it.
    ///
    /// Shapes: as ``mixture(gates:inWeight:inBias:outWeight:outBias:dropout:)``.
    public func sparseMixture(
        gates: Tensor, inWeight: Tensor, inBias: Tensor, outWeight: Tensor, outBias: Tensor
    ) throws -> Tensor {
        try .make("sparseMixture", [self, gates, inWeight, inBias, outWeight, outBias]) {
            m3dt_sparse_mixture(
                handle, gates.handle, inWeight.handle, inBias.handle, outWeight.handle, outBias.handle, $0)
        }
    }
}
