import M3DTRandom
import M3DTTensor

/// The keys and values of tokens that later tokens may look at.
///
/// Shapes: both [B, heads, T, D / heads].
public struct KeyValues {
    public let keys: Tensor
    public let values: Tensor
    /// What a branch that looks back has been given so far, [B, T, D]; nothing with any other.
    var branchInput: Tensor?
}

/// Multi-head causal self-attention, as in GPT-2.
public final class CausalSelfAttention: Module {
    private let queryKeyValue: Linear
    private let output: Linear
    private let heads: Int
    let dropout: Double

    /// Makes a layer with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(width: Int, heads: Int, dropout: Double, stream: inout RandomStream) throws {
        queryKeyValue = try .gpt2(in: width, out: 3 * width, stream: &stream)
        output = try .gpt2(in: width, out: width, stream: &stream)
        self.heads = heads
        self.dropout = dropout
    }

    public var namedParameters: [NamedParameter] {
        queryKeyValue.namedParameters(under: "c_attn") + output.namedParameters(under: "c_proj")
    }

    /// Shapes: `hidden` [B, T, D]; result [B, Tq, D] for Tq of them, and the keys and values of all Tk tokens, those of
    /// `past` first.
    /// - Parameter queries: The Tq tokens, which `mask` is for.
    func callAsFunction(
        _ hidden: Tensor, queries: TokenSelection, mask: AttentionMask, past: KeyValues?, _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let (result, all) = try undropped(hidden, queries: queries, mask: mask, past: past, context)
        return (try context.dropout(result, dropout), all)
    }

    /// The same before dropout of the result.
    func undropped(
        _ hidden: Tensor, queries: TokenSelection, mask: AttentionMask, past: KeyValues?, _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let shape = hidden.shape
        let (rows, tokens, width) = (shape[0], shape[1], shape[2])
        let joint = try queryKeyValue(hidden, context)
        // [3, B, heads, T, D / heads]
        let parts = try joint.reshaped([rows, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4])
        let all = try KeyValues(
            keys: join(past?.keys, part(1, of: parts)), values: join(past?.values, part(2, of: parts)))
        let query = try queries(part(0, of: parts), dimension: 2)
        let isOnDevice = query.takesDeviceForm
        let hasKernel = !isOnDevice && Tensor.canAttend(headWidth: width / heads, keys: all.keys.shape[2])
        let mixed: Tensor
        if hasKernel, past == nil, queries.count == tokens || !queries.isTail {
            let all = try joint.attention(heads: heads, keyMask: mask.keyMask, dropout: context.draw(dropout))
            mixed = try queries(all, dimension: 1)
        } else if hasKernel, queries.isTail, context.stream == nil, !joint.requiresGradient {
            mixed = try query.attended(keys: all.keys, values: all.values, keyMask: mask.keyMask)
        } else {
            // In float32, the exact mode, padding's own outputs are the reference's as well.
            let attend = isOnDevice && context.precision != .float32 ? fused : composed
            mixed = try beside(attend(query, all, mask, context))
        }
        return (try output(mixed, context), all)
    }

    /// The heads' outputs side by side: [B, heads, Tq, D / heads] as [B, Tq, D].
    private func beside(_ attended: Tensor) throws -> Tensor {
        let shape = attended.shape
        return try attended.permuted([0, 2, 1, 3]).reshaped([shape[0], shape[2], shape[1] * shape[3]])
    }

    /// Shapes: `query` and result [B, heads, Tq, D / heads].
    func composed(
        _ query: Tensor, _ past: KeyValues, _ mask: AttentionMask, _ context: ForwardContext
    ) throws -> Tensor {
        let scale = 1 / Double(query.shape[3]).squareRoot()
        let scores = try mask.apply(to: (query * scale).matmul(past.keys.permuted([0, 1, 3, 2])))
        return try context.dropout(scores.softmax(), dropout).matmul(past.values)
    }

    /// The same by one operation, which a GPU has a kernel for; but for a query that may look at no key, which only padding is.
    func fused(
        _ query: Tensor, _ past: KeyValues, _ mask: AttentionMask, _ context: ForwardContext
    ) throws -> Tensor {
        try query.attention(
            keys: past.keys, values: past.values, bias: mask.bias(query.type),
            dropout: context.stream == nil ? 0 : dropout)
    }

    private func part(_ index: Int, of joint: Tensor) throws -> Tensor {
        try joint.narrowed(0, index..<index + 1).reshaped(Array(joint.shape.dropFirst()))
    }

    private func join(_ past: Tensor?, _ new: Tensor) throws -> Tensor {
        try .joined(past, new, dimension: 2)
    }
}
