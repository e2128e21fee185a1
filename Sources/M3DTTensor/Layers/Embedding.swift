import M3DTRandom

/// A table of vectors, one for each whole number.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class Embedding: Module {
    /// The vectors, [count, width].
    public let weight: Parameter

    /// PyTorch's default: standard normal.
    public init(count: Int, width: Int, stream: inout RandomStream) throws {
        weight = Parameter(try FreshWeights.normal([count, width], stream: &stream))
    }

    /// `weight`.
    public var namedParameters: [NamedParameter] { [NamedParameter("weight", weight)] }

    /// Shapes: `indices` any, int64; result [..., width], float32.
    public func callAsFunction(_ indices: Tensor) throws -> Tensor {
        try weight.value.embedding(indices)
    }
}
