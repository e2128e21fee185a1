import M3DTRandom
import M3DTTensor

/// Scores the experts of one block: an MLP, M3DT's of five layers.
///
/// Widths D, 4D, 4D, 4D, 2D, E. Source: the reference's router, with its names of the layers.
public final class Router: Module {
    private static let referenceNames = ["fc1", "fc2", "fc_new", "fc3", "fc4"]
    private let layers: [Linear]
    /// The size of the noise in training, as softplus of a linear map; only for top-k gates.
    private let noise: Linear?

    /// Makes a router with fresh weights; the noise begins the same for all experts.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public init(
        width: Int, experts: Int, options: RouterOptions = RouterOptions(), isNoisy: Bool = false,
        stream: inout RandomStream
    ) throws {
        let hidden = options.widthFactor * width
        let inner =
            options.layers == 1 ? [] : Array(repeating: hidden, count: options.layers - 2) + [max(hidden / 2, 1)]
        let widths = [width] + inner + [experts]
        layers = try zip(widths, widths.dropFirst()).map { try Linear(in: $0, out: $1, stream: &stream) }
        noise =
            isNoisy
            ? Linear(
                weight: Parameter(try .zeros([experts, width])), bias: Parameter(try .zeros([experts])),
                layout: .outIn) : nil
    }

    /// The layer whose rows score the experts, [E, ...].
    var output: Linear { layers[layers.count - 1] }

    public var namedParameters: [NamedParameter] {
        let names =
            layers.count == Self.referenceNames.count ? Self.referenceNames : layers.indices.map { "layer_\($0)" }
        return zip(names, layers).flatMap { $1.namedParameters(under: $0) }
            + (noise?.namedParameters(under: "noise") ?? [])
    }

    /// The weight of each expert.
    ///
    /// Shapes: `hidden` [..., D]; result [..., E], float32, each row of sum 1.
    /// - Throws: ``TensorError`` where an operation fails.
    public func callAsFunction(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        try scores(hidden, context).softmax()
    }

    /// The weights of the k experts of the largest scores, with noise in training; exactly 0 for all others.
    ///
    /// Shapes: `hidden` [B, T, D]; result [B, T, E], float32, each row of sum 1.
    func topK(_ k: Int, _ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        var scores = try scores(hidden, context)
        if let noise, let draw = try context.noise(scores.shape, device: scores.device) {
            scores = try scores + noise(hidden, context).converted(to: .float32).softplus() * draw
        }
        let (rows, tokens, experts) = (scores.shape[0], scores.shape[1], scores.shape[2])
        let numbers = try Tensor.counting(to: experts, device: scores.device)
        let chosen = try scores.topK(k).indices.reshaped([rows, tokens, k, 1]).equals(numbers)
            .converted(to: .float32).sum([2]).greater(than: 0)
        return try scores.whereTrue(chosen, otherwise: -.infinity).softmax()
    }

    /// The scores that a softmax turns into weights, float32.
    func scores(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        var inner = hidden
        for layer in layers.dropLast() { inner = try layer.rectified(inner, context) }
        return try output(inner, context).converted(to: .float32)
    }
}
