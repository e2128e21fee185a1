import M3DTStorage
import M3DTTensor

/// Which keys a query may look at.
///
/// As in the reference, masking never yields NaN: a key in the future has its score replaced by -10,000, and a padded key has
/// 10,000 taken off. A row whose keys are all masked becomes nearly uniform.
public struct AttentionMask {
    private static let masked = -1e4
    /// [B, Tk], 1 for a real key and 0 for a padded one.
    let keyMask: Tensor
    /// Which of the last tokens the queries are.
    private let selection: TokenSelection
    private let forms: Forms

    /// What is added to scores, for all of the last tokens, made when it is first asked for: loops of our own need none of it.
    private final class Forms {
        let keyMask: Tensor
        let tokens: Int
        private var known: (causal: Tensor, padding: Tensor)?

        init(keyMask: Tensor, tokens: Int) {
            (self.keyMask, self.tokens) = (keyMask, tokens)
        }

        /// [T, Tk], true where the key is not in the future, and [B, 1, 1, Tk], 0 for a real key and -10,000 for a padded one.
        func callAsFunction() throws -> (causal: Tensor, padding: Tensor) {
            if let known { return known }
            let (rows, keys) = (keyMask.shape[0], keyMask.shape[1])
            let made = (
                causal: try Tensor.lowerTriangle(keys, device: keyMask.device).last(tokens, of: 0),
                padding: try ((keyMask - 1) * -AttentionMask.masked).reshaped([rows, 1, 1, keys])
            )
            known = made
            return made
        }
    }

    private init(_ forms: Forms, _ selection: TokenSelection) {
        (keyMask, self.selection, self.forms) = (forms.keyMask, selection, forms)
    }

    /// - Parameters:
    ///   - keyMask: [B, Tk], 1 for a real token and 0 for padding.
    ///   - queries: T; the queries are the last of the keys.
    public init(keyMask: Tensor, queries: Int) {
        self.init(Forms(keyMask: keyMask, tokens: queries), .last(queries))
    }

    /// Tq.
    var queries: Int { selection.count }

    /// The mask of some of the T queries alone.
    func of(_ queries: TokenSelection) -> AttentionMask { AttentionMask(forms, queries) }

    /// [Tq, Tk], and the padding of ``Forms``.
    private func parts() throws -> (causal: Tensor, padding: Tensor) {
        let (causal, padding) = try forms()
        return (try selection(causal, dimension: 0), padding)
    }

    /// Shapes: `scores` [B, heads, Tq, Tk]; result the same.
    func apply(to scores: Tensor) throws -> Tensor {
        let (causal, padding) = try parts()
        return try scores.whereTrue(causal, otherwise: Self.masked) + padding.converted(to: scores.type)
    }

    /// What is added to scores where attention is one operation.
    ///
    /// A query that may look at no key then has other weights than with ``apply(to:)``.
    /// Shapes: result [B, 1, Tq, Tk].
    func bias(_ type: ElementType) throws -> Tensor {
        let (causal, padding) = try parts()
        let future = try Tensor.zeros([], device: causal.device).whereTrue(causal, otherwise: Self.masked)
        return try (future + padding).converted(to: type)
    }

    /// For each query the mean of all tokens up to it that are not padding.
    ///
    /// Shapes: `tokens` [B, Tk, D]; result [B, Tq, D], float32.
    func runningMean(of tokens: Tensor) throws -> Tensor {
        let (rows, keys) = (tokens.shape[0], tokens.shape[1])
        let weights = try apply(to: .zeros([rows, 1, queries, keys], device: tokens.device)).softmax()
        return try weights.reshaped([rows, queries, keys]).matmul(tokens.converted(to: .float32))
    }
}
