import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTensor

/// Says how an action is drawn: a normal distribution for each of its numbers, squashed into -1 ... 1 afterwards.
///
/// Shapes: B rows, F numbers in an observation, A in an action.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
final class ActorNetwork: Module {
    /// Logarithms of the deviations stay in this range.
    static let logDeviations = -5.0...2.0

    private let network: Perceptron
    let actionWidth: Int

    init(featureWidth: Int, actionWidth: Int, width: Int, stream: inout RandomStream) throws {
        self.actionWidth = actionWidth
        network = try Perceptron(widths: [featureWidth, width, width, 2 * actionWidth], stream: &stream)
    }

    var namedParameters: [NamedParameter] { network.namedParameters(under: "actor") }

    /// A drawn action and the logarithm of its density.
    ///
    /// Shapes: `observations` [B, F]; `noise` [B, A], standard normal; actions [B, A], densities [B, 1].
    func sample(_ observations: Tensor, noise: Tensor) throws -> (actions: Tensor, logDensity: Tensor) {
        try sample(outputs: outputs(observations), noise: noise)
    }

    /// The same from what the last layer gave, [B, 2 A].
    func sample(outputs: Tensor, noise: Tensor) throws -> (actions: Tensor, logDensity: Tensor) {
        let (mean, logDeviation) = try split(outputs)
        let raw = try mean + (logDeviation.exp() * noise)
        return (try raw.tanh(), try Self.logDensity(raw: raw, logDeviation: logDeviation, noise: noise))
    }

    /// The logarithm of the density of actions before they are squashed. Shapes: `raw` [B, A], `outputs` [B, 2 A]; result [B, 1].
    func density(of raw: Tensor, outputs: Tensor) throws -> Tensor {
        let (mean, logDeviation) = try split(outputs)
        let noise = try (raw - mean) * (-logDeviation).exp()
        return try (noise.square() * -0.5 - logDeviation).sum([1], keep: true)
    }

    private func split(_ outputs: Tensor) throws -> (mean: Tensor, logDeviation: Tensor) {
        (
            try outputs.narrowed(1, 0..<actionWidth),
            try Self.logDeviation(outputs.narrowed(1, actionWidth..<2 * actionWidth))
        )
    }

    /// What the last layer gives. Shapes: [B, F] to [B, 2 A], the means first.
    func outputs(_ observations: Tensor) throws -> Tensor { try network(observations) }

    /// The same network without tensors; its last layer gives the means and what the deviations are computed from.
    func policy() throws -> NetworkPolicy { try network.policy() }

    /// Takes over the weights of a network of the same widths.
    func assign(_ policy: NetworkPolicy) throws { try network.assign(policy) }

    /// The deviation that an output of the last layer stands for.
    static func deviation(_ output: Double) -> Double {
        exp(logDeviations.lowerBound + (logDeviations.upperBound - logDeviations.lowerBound) * (tanh(output) + 1) / 2)
    }

    /// An output of the last layer that stands for a deviation; undoes ``deviation(_:)``.
    static func output(forDeviation deviation: Double) -> Double {
        let (low, high) = (logDeviations.lowerBound, logDeviations.upperBound)
        return atanh(2 * (log(deviation) - low) / (high - low) - 1)
    }

    private static func logDeviation(_ raw: Tensor) throws -> Tensor {
        let half = (logDeviations.upperBound - logDeviations.lowerBound) / 2
        return try raw.tanh() * half + (logDeviations.lowerBound + half)
    }

    /// The normal density, less what squashing stretches: log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)).
    static func logDensity(raw: Tensor, logDeviation: Tensor, noise: Tensor) throws -> Tensor {
        let normal = try noise.square() * -0.5 - logDeviation - 0.9189385332046727  // log(2 pi) / 2
        let stretch = try (raw + (raw * -2).softplus()) * -2 + 1.3862943611198906  // 2 log 2
        return try (normal - stretch).sum([1], keep: true)
    }
}
