import M3DTRandom
import M3DTTensor

/// Weighs the experts of one block for every token: an MLP of five layers with a softmax over the experts.
///
/// Widths D, 4D, 4D, 4D, 2D, E. Source: the reference's router, with its names of the layers.
public final class Router: Module {
    private static let names = ["fc1", "fc2", "fc_new", "fc3", "fc4"]
    private let layers: [Linear]

    /// Makes a router with fresh weights.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(width: Int, experts: Int, stream: inout RandomStream) throws {
        let widths = [width, 4 * width, 4 * width, 4 * width, 2 * width, experts]
        layers = try zip(widths, widths.dropFirst()).map { try Linear(in: $0, out: $1, stream: &stream) }
    }

    public var namedParameters: [NamedParameter] {
        zip(Self.names, layers).flatMap { $1.namedParameters(under: $0) }
    }

    /// Shapes: `hidden` [..., D]; result [..., E], float32, each row of sum 1.
    /// - Throws: ``TensorError`` where an operation fails.
    public func callAsFunction(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        var output = hidden
        for layer in layers.dropLast() { output = try layer(output, context).relu() }
        return try layers.last!(output, context).converted(to: .float32).softmax()
    }
}
