import M3DTRandom
import M3DTTensor

/// The keys and values of tokens that later tokens may look at.
///
/// Shapes: both [B, heads, T, D / heads].
public struct KeyValues {
    public let keys: Tensor
    public let values: Tensor
    /// What a branch that looks back was given for these tokens, [B, T, D]; nothing with any other.
    var branchInput: Tensor?

    /// T.
    var count: Int { keys.shape[2] }

    /// Those of tokens that follow each other.
    static func joined(_ parts: [KeyValues]) throws -> KeyValues {
        guard parts.count > 1 else { return parts[0] }
        return try KeyValues(
            keys: .concatenated(parts.map(\.keys), dimension: 2),
            values: .concatenated(parts.map(\.values), dimension: 2))
    }
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

    /// Shapes: `hidden` [B, T, D]; result [B, Tq, D] for Tq of them, and the keys and values of these T tokens.
    /// - Parameters:
    ///   - queries: The Tq tokens, which `mask` is for.
    ///   - past: Those of the tokens before, in parts.
    func callAsFunction(
        _ hidden: Tensor, queries: TokenSelection, mask: AttentionMask, past: [KeyValues], _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let (result, own) = try undropped(hidden, queries: queries, mask: mask, past: past, context)
        return (try context.dropout(result, dropout), own)
    }

    /// The same before dropout of the result.
    func undropped(
        _ hidden: Tensor, queries: TokenSelection, mask: AttentionMask, past: [KeyValues], _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let joint = try queryKeyValue(hidden, context)
        let (tokens, width) = (joint.shape[1], joint.shape[2] / 3)
        let own = try KeyValues(keys: part(1, of: joint), values: part(2, of: joint))
        let keys = past.reduce(tokens) { $0 + $1.count }
        let hasKernel = !joint.takesDeviceForm && Tensor.canAttend(headWidth: width / heads, keys: keys)
        let mixed: Tensor
        if hasKernel, past.isEmpty, queries.count == tokens || !queries.isTail {
            let all = try joint.attention(heads: heads, keyMask: mask.keyMask, dropout: context.draw(dropout))
            mixed = try queries(all, dimension: 1)
        } else if hasKernel, queries.isTail, context.stream == nil, !joint.requiresGradient {
            mixed = try joint.attention(
                after: past.map { ($0.keys, $0.values) }, heads: heads, keyMask: mask.keyMask, queries: queries.count)
        } else {
            // In float32, the exact mode, padding's own outputs are the reference's as well.
            let attend = joint.takesDeviceForm && context.precision != .float32 ? fused : composed
            let query = try queries(part(0, of: joint), dimension: 2)
            mixed = try beside(attend(query, .joined(past + [own]), mask, context))
        }
        return (try output(mixed, context), own)
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

    /// The queries, keys or values of [B, T, 3 D] as [B, heads, T, D / heads].
    private func part(_ index: Int, of joint: Tensor) throws -> Tensor {
        let shape = joint.shape
        let width = shape[2] / 3
        return try joint.narrowed(2, index * width..<(index + 1) * width)
            .reshaped([shape[0], shape[1], heads, width / heads]).permuted([0, 2, 1, 3])
    }
}
