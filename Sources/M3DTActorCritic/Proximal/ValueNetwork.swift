import M3DTRandom
import M3DTTensor

/// Says what a state is worth, in units of the spread of what such states turned out to be worth.
///
/// Shapes: B rows, F numbers in an observation.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
final class ValueNetwork: Module {
    private let layers: [Linear]

    init(featureWidth: Int, width: Int, stream: inout RandomStream) throws {
        layers = [
            try Linear(in: featureWidth, out: width, stream: &stream),
            try Linear(in: width, out: width, stream: &stream),
            try Linear(in: width, out: 1, stream: &stream),
        ]
    }

    var namedParameters: [NamedParameter] {
        layers.enumerated().flatMap { $0.element.namedParameters(under: "value.\($0.offset)") }
    }

    /// Shapes: [B, F] to [B, 1].
    func values(_ observations: Tensor) throws -> Tensor {
        let context = ForwardContext(precision: .float32)
        var values = observations
        for (index, layer) in layers.enumerated() {
            values = try layer(values, context)
            if index < layers.count - 1 { values = try values.relu() }
        }
        return values
    }
}
