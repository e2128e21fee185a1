import M3DTStorage
import M3DTTensor

/// Which keys a query may look at.
///
/// As in the reference, masking never yields NaN: a key in the future has its score replaced by -10,000, and a padded key has
/// 10,000 taken off. A row whose keys are all masked becomes nearly uniform.
public struct AttentionMask {
    private static let masked = -1e4
    /// [Tq, Tk], true where the key is not in the future.
    private let causal: Tensor
    /// [B, 1, 1, Tk], 0 for a real key and -10,000 for a padded one.
    private let padding: Tensor
    /// [B, Tk], 1 for a real key and 0 for a padded one.
    let keyMask: Tensor

    private init(causal: Tensor, padding: Tensor, keyMask: Tensor) {
        self.causal = causal
        self.padding = padding
        self.keyMask = keyMask
    }

    /// - Parameters:
    ///   - keyMask: [B, Tk], 1 for a real token and 0 for padding.
    ///   - queries: T; the queries are the last of the keys.
    /// - Throws: ``TensorError`` where there are more queries than keys.
    public init(keyMask: Tensor, queries: Int) throws {
        self.keyMask = keyMask
        let (rows, keys) = (keyMask.shape[0], keyMask.shape[1])
        causal = try Tensor.lowerTriangle(keys, device: keyMask.device).last(queries, of: 0)
        padding = try ((keyMask - 1) * -Self.masked).reshaped([rows, 1, 1, keys])
    }

    /// Tq.
    var queries: Int { causal.shape[0] }

    /// The mask of some of the queries alone.
    func of(_ queries: TokenSelection) throws -> AttentionMask {
        AttentionMask(causal: try queries(causal, dimension: 0), padding: padding, keyMask: keyMask)
    }

    /// Shapes: `scores` [B, heads, Tq, Tk]; result the same.
    func apply(to scores: Tensor) throws -> Tensor {
        try scores.whereTrue(causal, otherwise: Self.masked) + padding.converted(to: scores.type)
    }

    /// What is added to scores where attention is one operation.
    ///
    /// A query that may look at no key then has other weights than with ``apply(to:)``.
    /// Shapes: result [B, 1, Tq, Tk].
    func bias(_ type: ElementType) throws -> Tensor {
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
