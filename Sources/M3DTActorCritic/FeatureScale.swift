import M3DTSimulation
import M3DTTensor

/// Brings each number of an observation to mean 0 and deviation 1, by all observations that were played so far.
///
/// Speeds of joints are tens where positions and actions are ones; scaled, the first layers see them alike.
/// Source: Lee and others, "SimBa: Simplicity bias for scaling up parameters in deep reinforcement learning", 2024.
///
/// Shapes: B rows, F numbers in an observation.
/// - Throws: `TensorError` where an operation fails, from every member that throws.
struct FeatureScale {
    /// Numbers that hardly move are not blown up.
    private static let floor = 0.01

    /// What the observations were.
    let moments: RunningMoments
    /// 1 x F.
    private let mean: Tensor
    private let deviation: Tensor

    init(_ moments: RunningMoments) throws {
        self.moments = moments
        func row(_ numbers: [Double]) throws -> Tensor {
            try .of(numbers.map { Float($0) }, shape: [1, numbers.count])
        }
        (mean, deviation) = (try row(moments.mean), try row(moments.deviation(floor: Self.floor)))
    }

    /// The scale after some more episodes.
    func following(_ episodes: [PlayedEpisode]) throws -> FeatureScale {
        var moments = moments
        let width = moments.mean.count
        for episode in episodes {
            for start in stride(from: 0, to: episode.observations.count, by: width) {
                moments.add(episode.observations[start..<start + width].map { Double($0) })
            }
        }
        return try FeatureScale(moments)
    }

    /// Shapes: [B, F] to [B, F].
    func scaled(_ observations: Tensor) throws -> Tensor { try (observations - mean) / deviation }

    /// A network for scaled observations as one for plain ones: its first layer does the scaling as well.
    func folded(into policy: NetworkPolicy) -> NetworkPolicy {
        let (mean, deviation) = (moments.mean, moments.deviation(floor: Self.floor))
        return mapped(policy, factors: deviation.map { 1 / $0 }, shifts: zip(mean, deviation).map { -$0 / $1 })
    }

    /// A network for plain observations as one for scaled ones; undoes ``folded(into:)``.
    func unfolded(from policy: NetworkPolicy) -> NetworkPolicy {
        mapped(policy, factors: moments.deviation(floor: Self.floor), shifts: moments.mean)
    }

    /// The network that computes of x what this one computes of `factors` x + `shifts`.
    private func mapped(_ policy: NetworkPolicy, factors: [Double], shifts: [Double]) -> NetworkPolicy {
        let first = policy.layers[0]
        let width = factors.count
        var (weights, biases) = (first.weights, first.biases.map { Double($0) })
        for i in weights.indices {
            biases[i / width] += Double(weights[i]) * shifts[i % width]
            weights[i] = Float(Double(weights[i]) * factors[i % width])
        }
        let layer = NetworkPolicy.Layer(weights: weights, biases: biases.map { Float($0) })
        return NetworkPolicy(layers: [layer] + policy.layers.dropFirst())
    }
}
