import M3DTRandom
import M3DTStorage

/// A linear map of the last dimension, with a bias.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class Linear: Module {
    /// The matrix, stored as ``layout`` says.
    public let weight: Parameter
    /// What is added to each output, [out].
    public let bias: Parameter
    /// How the matrix is stored.
    public let layout: Tensor.WeightLayout

    /// Wraps weights that are there already.
    public init(weight: Parameter, bias: Parameter, layout: Tensor.WeightLayout) {
        self.weight = weight
        self.bias = bias
        self.layout = layout
    }

    /// PyTorch's default: weights [out, in] and biases uniform in plus or minus 1 / sqrt(in).
    public convenience init(in inputWidth: Int, out outputWidth: Int, stream: inout RandomStream) throws {
        let bound = 1 / Double(inputWidth).squareRoot()
        self.init(
            weight: Parameter(try FreshWeights.uniform([outputWidth, inputWidth], bound: bound, stream: &stream)),
            bias: Parameter(try FreshWeights.uniform([outputWidth], bound: bound, stream: &stream)),
            layout: .outIn)
    }

    /// GPT-2's: weights [in, out] normal with deviation 0.02, biases 0.
    public static func gpt2(in inputWidth: Int, out outputWidth: Int, stream: inout RandomStream) throws -> Linear {
        Linear(
            weight: Parameter(try FreshWeights.normal([inputWidth, outputWidth], deviation: 0.02, stream: &stream)),
            bias: Parameter(try .zeros([outputWidth])),
            layout: .inOut)
    }

    /// `weight` and `bias`.
    public var namedParameters: [NamedParameter] {
        [NamedParameter("weight", weight), NamedParameter("bias", bias)]
    }

    /// Shapes: `input` [..., in]; result [..., out], in the context's precision.
    public func callAsFunction(_ input: Tensor, _ context: ForwardContext) throws -> Tensor {
        try map(input, context, rectifies: false)
    }

    /// The map with 0 instead of negative numbers.
    ///
    /// Shapes: as ``callAsFunction(_:_:)``.
    public func rectified(_ input: Tensor, _ context: ForwardContext) throws -> Tensor {
        try map(input, context, rectifies: true)
    }

    private func map(_ input: Tensor, _ context: ForwardContext, rectifies: Bool) throws -> Tensor {
        let type = context.precision.elementType
        let bias = try bias.value(as: type)
        if isBoundByReading(input, type) {
            let panels = try weight.panels(as: type, transposed: layout == .outIn)
            return try input.converted(to: type).frozenLinear(panels, bias: bias, rectifies: rectifies)
        }
        let result = try input.converted(to: type).linear(weight.value(as: type), bias: bias, layout: layout)
        return rectifies ? try result.relu() : result
    }

    /// Whether the rows are so few that reading the weights takes longest, and the weights frozen, so that panels pay.
    private func isBoundByReading(_ input: Tensor, _ type: ElementType) -> Bool {
        let inner = weight.value.shape[layout == .outIn ? 1 : 0]
        return !weight.isTrainable && !bias.isTrainable && !input.requiresGradient && !input.takesDeviceForm
            && input.count <= 192 * inner && input.count > 0 && Tensor.hasPanels(type)
    }
}
