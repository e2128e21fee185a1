import M3DTRandom
import M3DTTensor

/// Two networks that say what an action is worth; the lower of the two is believed.
///
/// Both are computed at once, as products of batches of matrices, which at this size is faster than one after the other.
/// Their hidden layers are normalised, which keeps them from overestimating actions they have not seen.
/// Source: Ball and others, "Efficient online reinforcement learning with offline data", 2023.
///
/// Shapes: B rows, F numbers in an observation, A in an action, H hidden.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
final class CriticNetworks: Module {
    /// A linear map of each network. Shapes: weights [2, in, out], biases [2, 1, out].
    private struct Layer {
        let weights: Parameter
        let biases: Parameter

        init(in inputWidth: Int, out outputWidth: Int, stream: inout RandomStream) throws {
            let bound = 1 / Double(inputWidth).squareRoot()
            weights = Parameter(try .uniform([2, inputWidth, outputWidth], bound: bound, stream: &stream))
            biases = Parameter(try .uniform([2, 1, outputWidth], bound: bound, stream: &stream))
        }

        /// Shapes: [B, in] or [2, B, in] to [2, B, out].
        func callAsFunction(_ inputs: Tensor) throws -> Tensor { try inputs.matmul(weights.value) + biases.value }
    }

    private let layers: [Layer]
    private let norms: [LayerNorm]

    init(featureWidth: Int, actionWidth: Int, width: Int, stream: inout RandomStream) throws {
        layers = [
            try Layer(in: featureWidth + actionWidth, out: width, stream: &stream),
            try Layer(in: width, out: width, stream: &stream), try Layer(in: width, out: 1, stream: &stream),
        ]
        norms = [try LayerNorm(width: width), try LayerNorm(width: width)]
    }

    var namedParameters: [NamedParameter] {
        layers.enumerated().flatMap { index, layer in
            [
                NamedParameter("critics.\(index).weight", layer.weights),
                NamedParameter("critics.\(index).bias", layer.biases),
            ]
        } + norms.enumerated().flatMap { $0.element.namedParameters(under: "critics.norm.\($0.offset)") }
    }

    /// Shapes: `observations` [B, F], `actions` [B, A]; result [2, B, 1].
    func values(_ observations: Tensor, _ actions: Tensor) throws -> Tensor {
        var values = try Tensor.concatenated([observations, actions], dimension: 1)
        for (layer, norm) in zip(layers, norms) { values = try norm(layer(values)).relu() }
        return try layers[2](values)
    }

    /// The lower of the two values, [B, 1].
    func lowerValue(_ observations: Tensor, _ actions: Tensor) throws -> Tensor {
        try values(observations, actions).min([0])
    }

    /// Runs `body` with the weights held constant: gradients flow through them, not into them.
    func heldConstant<Result>(_ body: () throws -> Result) throws -> Result {
        for named in namedParameters { try named.parameter.value.setRequiresGradient(false) }
        let result = Swift.Result { try body() }
        for named in namedParameters { try named.parameter.value.setRequiresGradient(true) }
        return try result.get()
    }
}
