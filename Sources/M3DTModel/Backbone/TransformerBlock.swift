import M3DTRandom
import M3DTTensor

/// One pre-normalised GPT-2 block, with room for a branch beside its feed-forward network.
public final class TransformerBlock: Module {
    private let firstNorm: LayerNorm
    private let attention: CausalSelfAttention
    private let secondNorm: LayerNorm
    private let feedForward: FeedForward
    private let residual: ResidualForm
    private let index: Int

    /// Makes the block of the given number with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    init(_ configuration: ModelConfiguration, index: Int, stream: inout RandomStream) throws {
        firstNorm = try LayerNorm(width: configuration.width)
        attention = try CausalSelfAttention(
            width: configuration.width, heads: configuration.heads, dropout: configuration.dropout, stream: &stream)
        secondNorm = try LayerNorm(width: configuration.width)
        feedForward = try FeedForward(
            width: configuration.width, hiddenWidth: configuration.hiddenWidth, dropout: configuration.dropout,
            stream: &stream)
        residual = configuration.residual
        self.index = index
    }

    public var namedParameters: [NamedParameter] {
        firstNorm.namedParameters(under: "ln_1") + attention.namedParameters(under: "attn")
            + secondNorm.namedParameters(under: "ln_2") + feedForward.namedParameters(under: "mlp")
    }

    /// Shapes: `stream` [B, T, D]; result [B, Tq, D] for Tq of them, and the keys and values of these T tokens.
    /// - Parameters:
    ///   - queries: The Tq tokens, which `mask` is for. All T with a branch that looks back.
    ///   - past: The keys and values of the tokens before, in parts.
    func callAsFunction(
        _ stream: Tensor, queries: TokenSelection, mask: AttentionMask, past: [KeyValues], branch: BranchPass?,
        _ context: ForwardContext
    ) throws -> (Tensor, KeyValues) {
        let type = context.precision.elementType
        let (attended, own) = try attention.undropped(
            firstNorm(stream, as: type), queries: queries, mask: mask, past: past, context)
        let middle = try queries(stream, dimension: 1).adding(attended, dropout: context.draw(attention.dropout))
        let isInput = branch == nil || (residual == .preserved && branch?.branch.looksBack == false)
        let normalized = try secondNorm(middle, as: isInput ? type : .float32)
        let base = branch == nil || residual == .preserved ? middle : normalized
        let local = try feedForward.undropped(normalized, context)
        let sum = try base.adding(local, dropout: context.draw(feedForward.dropout))
        guard let branch else { return (sum, own) }
        guard branch.branch.looksBack else {
            return (try sum.adding(branch.branch(normalized, block: index, mask: mask, branch)), own)
        }
        let seen = try Tensor.concatenated(past.compactMap(\.branchInput) + [normalized], dimension: 1)
        let added = try branch.branch(seen, block: index, mask: mask, branch)
        return (try sum.adding(added), KeyValues(keys: own.keys, values: own.values, branchInput: normalized))
    }
}
