import M3DTStorage

/// Layer normalisation of the last dimension, in float32.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class LayerNorm: Module {
    /// The scale, [width].
    public let weight: Parameter
    /// The shift, [width].
    public let bias: Parameter
    private let epsilon: Double

    /// Scale 1 and shift 0.
    public init(width: Int, epsilon: Double = 1e-5) throws {
        weight = Parameter(try .full(1, shape: [width]))
        bias = Parameter(try .zeros([width]))
        self.epsilon = epsilon
    }

    /// `weight` and `bias`.
    public var namedParameters: [NamedParameter] {
        [NamedParameter("weight", weight), NamedParameter("bias", bias)]
    }

    /// Shapes: `input` [..., width]; result the same.
    /// - Parameter type: Of the result. Default: float32.
    public func callAsFunction(_ input: Tensor, as type: ElementType = .float32) throws -> Tensor {
        try input.converted(to: .float32).layerNorm(weight.value, bias.value, epsilon: epsilon, as: type)
    }
}
