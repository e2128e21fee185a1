import M3DTRandom
import M3DTSimulation
import M3DTTensor

/// Linear maps with negative numbers cut off in between.
///
/// Shapes: B rows.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
final class Perceptron: Module {
    private let layers: [Linear]

    /// - Parameter widths: Of the input, of each hidden layer, and of the output.
    init(widths: [Int], stream: inout RandomStream) throws {
        var layers: [Linear] = []
        for (input, output) in zip(widths, widths.dropFirst()) {
            layers.append(try Linear(in: input, out: output, stream: &stream))
        }
        self.layers = layers
    }

    var namedParameters: [NamedParameter] {
        layers.enumerated().flatMap { $0.element.namedParameters(under: "\($0.offset)") }
    }

    /// Shapes: [B, in] to [B, out].
    func callAsFunction(_ inputs: Tensor) throws -> Tensor {
        let context = ForwardContext(precision: .float32)
        var values = inputs
        for (index, layer) in layers.enumerated() {
            values = try layer(values, context)
            if index < layers.count - 1 { values = try values.relu() }
        }
        return values
    }

    /// The same network without tensors.
    func policy() throws -> NetworkPolicy {
        NetworkPolicy(
            layers: try layers.map {
                NetworkPolicy.Layer(weights: try $0.weight.value.floats(), biases: try $0.bias.value.floats())
            })
    }

    /// Takes over the weights of a network of the same widths.
    func assign(_ policy: NetworkPolicy) throws {
        for (layer, source) in zip(layers, policy.layers) {
            try layer.weight.value.assign(.of(source.weights, shape: layer.weight.value.shape))
            try layer.bias.value.assign(.of(source.biases, shape: layer.bias.value.shape))
        }
    }
}
