import M3DTRandom
import M3DTTensor

/// Two networks that say what an action is worth; the lower of the two is believed.
///
/// Their hidden layers are normalised, which keeps them from overestimating actions they have not seen.
/// Source: Ball and others, "Efficient online reinforcement learning with offline data", 2023.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
final class CriticNetworks: Module {
    private struct Critic {
        let linear: [Linear]
        let norms: [LayerNorm]
    }

    private let critics: [Critic]

    init(featureWidth: Int, actionWidth: Int, width: Int, stream: inout RandomStream) throws {
        critics = try (0..<2).map { _ in
            Critic(
                linear: [
                    try Linear(in: featureWidth + actionWidth, out: width, stream: &stream),
                    try Linear(in: width, out: width, stream: &stream),
                    try Linear(in: width, out: 1, stream: &stream),
                ],
                norms: [try LayerNorm(width: width), try LayerNorm(width: width)])
        }
    }

    var namedParameters: [NamedParameter] {
        critics.enumerated().flatMap { index, critic in
            critic.linear.enumerated().flatMap { $0.element.namedParameters(under: "critic.\(index).\($0.offset)") }
                + critic.norms.enumerated().flatMap {
                    $0.element.namedParameters(under: "critic.\(index).norm.\($0.offset)")
                }
        }
    }

    /// Shapes: `observations` [B, F], `actions` [B, A]; each result [B, 1].
    func values(_ observations: Tensor, _ actions: Tensor) throws -> [Tensor] {
        let context = ForwardContext(precision: .float32)
        let inputs = try Tensor.concatenated([observations, actions], dimension: 1)
        return try critics.map { critic in
            var values = inputs
            for (linear, norm) in zip(critic.linear, critic.norms) {
                values = try norm(linear(values, context)).relu()
            }
            return try critic.linear[2](values, context)
        }
    }

    /// The lower of the two values.
    func lowerValue(_ observations: Tensor, _ actions: Tensor) throws -> Tensor {
        let values = try values(observations, actions)
        return try values[0].minimum(values[1])
    }

    /// Runs `body` with the weights held constant: gradients flow through them, not into them.
    func heldConstant<Result>(_ body: () throws -> Result) throws -> Result {
        for named in namedParameters { try named.parameter.value.setRequiresGradient(false) }
        let result = Swift.Result { try body() }
        for named in namedParameters { try named.parameter.value.setRequiresGradient(true) }
        return try result.get()
    }
}
