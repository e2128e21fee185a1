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
    private let dropout: Double

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

    /// Shapes: `hidden` [B, T, D]; result [B, Tq, D] for the last Tq of them, and the keys and values of all Tk tokens, those of
    /// `past` first.
    /// - Parameter queries: Tq; `mask` is for as many.
    func callAsFunction(
        _ hidden: Tensor, queries: Int, mask: AttentionMask, past: KeyValues?, _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let shape = hidden.shape
        let (rows, tokens, width) = (shape[0], shape[1], shape[2])
        // [3, B, heads, T, D / heads]
        let joint = try queryKeyValue(hidden, context)
            .reshaped([rows, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4])
        let (key, value) = (try part(1, of: joint), try part(2, of: joint))
        let query = try part(0, of: joint).last(queries, of: 2)
        let all = try KeyValues(keys: join(past?.keys, key), values: join(past?.values, value))
        let scale = 1 / Double(width / heads).squareRoot()
        let scores = try mask.apply(to: (query * scale).matmul(all.keys.permuted([0, 1, 3, 2])))
        let weights = try context.dropout(scores.softmax(), dropout)
        let mixed = try weights.matmul(all.values).permuted([0, 2, 1, 3]).reshaped([rows, queries, width])
        return (try context.dropout(output(mixed, context), dropout), all)
    }

    private func part(_ index: Int, of joint: Tensor) throws -> Tensor {
        try joint.narrowed(0, index..<index + 1).reshaped(Array(joint.shape.dropFirst()))
    }

    private func join(_ past: Tensor?, _ new: Tensor) throws -> Tensor {
        try .joined(past, new, dimension: 2)
    }
}
