import Foundation

/// Actions by a small network: linear maps with negative numbers cut off in between, and the hyperbolic tangent at the end.
///
/// It computes what the trained actor computes, without a tensor library.
public struct NetworkPolicy: Sendable, Hashable {
    /// One linear map. Shapes: weights out x in, row-major; biases out.
    public struct Layer: Sendable, Hashable {
        public let weights: [Float]
        public let biases: [Float]
        /// The weights column by column, so that the outputs are summed side by side.
        private let columns: [Float]

        public init(weights: [Float], biases: [Float]) {
            precondition(
                !biases.isEmpty && !weights.isEmpty && weights.count % biases.count == 0,
                "\(weights.count) weights are no matrix of \(biases.count) rows")
            (self.weights, self.biases) = (weights, biases)
            let (rows, width) = (biases.count, weights.count / biases.count)
            columns = weights.indices.map { weights[$0 % rows * width + $0 / rows] }
        }

        var inputWidth: Int { weights.count / biases.count }

        func outputs(_ inputs: [Float], rectified: Bool) -> [Float] {
            var outputs = biases
            let rows = biases.count
            outputs.withUnsafeMutableBufferPointer { outputs in
                columns.withUnsafeBufferPointer { columns in
                    for (column, input) in inputs.enumerated() {
                        let start = column * rows
                        for row in 0..<rows { outputs[row] += columns[start + row] * input }
                    }
                    if rectified { for row in 0..<rows { outputs[row] = max(outputs[row], 0) } }
                }
            }
            return outputs
        }
    }

    public let layers: [Layer]

    /// - Precondition: Each layer takes what the one before it gives.
    public init(layers: [Layer]) {
        precondition(!layers.isEmpty, "a network needs a layer")
        precondition(Self.chain(layers), "a layer does not fit the one before it")
        self.layers = layers
    }

    public var featureWidth: Int { layers[0].inputWidth }
    /// Numbers that the last layer gives.
    public var outputWidth: Int { layers[layers.count - 1].biases.count }

    /// Whether each layer takes what the one before it gives.
    static func chain(_ layers: [Layer]) -> Bool {
        zip(layers, layers.dropFirst()).allSatisfy { $0.biases.count == $1.inputWidth }
    }

    /// What the last layer gives, before the tangent.
    public func outputs(_ features: [Double]) -> [Float] {
        precondition(features.count == featureWidth, "\(features.count) features, not \(featureWidth)")
        var values = features.map { Float($0) }
        for (index, layer) in layers.enumerated() {
            values = layer.outputs(values, rectified: index < layers.count - 1)
        }
        return values
    }

    /// The action for some features.
    public func action(_ features: [Double]) -> [Double] { outputs(features).map { Double(tanh($0)) } }

    /// The network with the first of its outputs alone.
    public func narrowed(to count: Int) -> NetworkPolicy {
        let last = layers[layers.count - 1]
        let narrow = Layer(
            weights: Array(last.weights.prefix(count * last.inputWidth)), biases: Array(last.biases.prefix(count)))
        return NetworkPolicy(layers: layers.dropLast() + [narrow])
    }

    /// The network with more outputs, which are always the same number.
    public func widened(to count: Int, output: Float) -> NetworkPolicy {
        let last = layers[layers.count - 1]
        let more = max(count - last.biases.count, 0)
        let wide = Layer(
            weights: last.weights + [Float](repeating: 0, count: more * last.inputWidth),
            biases: last.biases + [Float](repeating: output, count: more))
        return NetworkPolicy(layers: layers.dropLast() + [wide])
    }

    /// The same policy as it is stored, with weights of half precision.
    public var rounded: NetworkPolicy {
        NetworkPolicy(
            layers: layers.map {
                Layer(weights: $0.weights.map { Float(Float16($0)) }, biases: $0.biases.map { Float(Float16($0)) })
            })
    }
}
