import M3DTRandom
import M3DTTensor

// Legend: B rows, T tokens, D width; Tq tokens that are wanted, Tk tokens with those of the past.

/// A stack of GPT-2 blocks and a last normalisation, without any embedding.
public final class Transformer: Module {
    private let blocks: [TransformerBlock]
    private let finalNorm: LayerNorm
    private let dropout: Double

    /// Makes blocks with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    init(_ configuration: ModelConfiguration, stream: RandomStream) throws {
        blocks = try (0..<configuration.layers).map { index in
            var random = stream.split("block").split(index)
            return try TransformerBlock(configuration, index: index, stream: &random)
        }
        finalNorm = try LayerNorm(width: configuration.width)
        dropout = configuration.dropout
    }

    public var namedParameters: [NamedParameter] {
        blocks.enumerated().flatMap { $1.namedParameters(under: "h.\($0)") }
            + finalNorm.namedParameters(under: "ln_f")
    }

    /// Runs tokens through all blocks.
    ///
    /// Shapes: `tokens` [B, T, D], `keyMask` [B, Tk] for the tokens of `past` and then these; result [B, Tq, D], and each
    /// block's keys and values of these T tokens.
    /// - Parameters:
    ///   - outputs: The Tq tokens that are wanted at the end. The last block leaves out the others, which nothing after it looks at,
    ///     unless a branch looks back at them. Default: all T.
    ///   - past: Parts of what comes before, each with the keys and values of every block. Default: nothing.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func callAsFunction(
        _ tokens: Tensor, outputs: TokenSelection? = nil, keyMask: Tensor, past: [[KeyValues]] = [],
        branch: BranchPass?,
        _ context: ForwardContext
    ) throws -> (Tensor, [KeyValues]) {
        let count = tokens.shape[1]
        let all = TokenSelection.last(count)
        let wanted = outputs ?? all
        let isShortened = branch?.branch.looksBack != true
        let mask = AttentionMask(keyMask: keyMask, queries: count)
        var stream = try context.dropout(tokens, dropout)
        var keyValues: [KeyValues] = []
        for (index, block) in blocks.enumerated() {
            let queries = isShortened && index == blocks.count - 1 ? wanted : all
            let (output, own) = try block(
                stream, queries: queries, mask: mask.of(queries), past: past.map { $0[index] }, branch: branch, context)
            stream = output
            keyValues.append(own)
        }
        return (try finalNorm(isShortened ? stream : wanted(stream, dimension: 1)), keyValues)
    }
}
