/// Where a search stands; all that is needed to go on with it.
public struct ARSState: Codable, Sendable {
    /// The weights of normalised features and a constant: A x (F + 1), row-major.
    var weights: [Double]
    var moments: RunningMoments
    public internal(set) var iteration = 0
    /// Policies that were looked at on the way, in order.
    public internal(set) var snapshots: [ARSSnapshot] = []

    init(featureWidth: Int, actionWidth: Int) {
        weights = [Double](repeating: 0, count: actionWidth * (featureWidth + 1))
        moments = RunningMoments(width: featureWidth)
    }

    /// The start of a search for a similar task: this one's best policy, and what it learnt of the observations.
    public var warmStart: ARSState {
        var start = self
        start.iteration = 0
        start.snapshots = []
        if let best { start.weights = normalised(best.policy) }
        return start
    }

    /// The snapshot with the highest return, the first of equals.
    public var best: ARSSnapshot? {
        snapshots.reduce(nil as ARSSnapshot?) { best, next in
            if let best, best.meanReturn >= next.meanReturn { best } else { next }
        }
    }

    /// The policy with its weights moved by `scale` times a direction, its normalisation folded into the weights.
    func policy(direction: [Double] = [], scale: Double = 0) -> LinearPolicy {
        let features = moments.mean.count
        let actions = weights.count / (features + 1)
        let deviation = moments.deviation(floor: Self.deviationFloor)
        var folded = weights
        if !direction.isEmpty { for i in folded.indices { folded[i] += scale * direction[i] } }
        for row in 0..<actions {
            let start = row * (features + 1)
            for column in 0..<features {
                folded[start + column] /= deviation[column]
                folded[start + features] -= folded[start + column] * moments.mean[column]
            }
        }
        return LinearPolicy(featureWidth: features, actionWidth: actions, weights: folded)
    }

    /// The weights of normalised features that make the same policy; undoes ``policy(direction:scale:)``.
    private func normalised(_ policy: LinearPolicy) -> [Double] {
        let features = moments.mean.count
        let deviation = moments.deviation(floor: Self.deviationFloor)
        var weights = policy.weights
        for row in 0..<policy.actionWidth {
            let start = row * (features + 1)
            for column in 0..<features {
                weights[start + features] += weights[start + column] * moments.mean[column]
                weights[start + column] *= deviation[column]
            }
        }
        return weights
    }

    /// Features that hardly change, such as an upright orientation at the start, are not blown up beyond this.
    private static let deviationFloor = 0.01
}

/// A policy that was looked at during a search.
public struct ARSSnapshot: Codable, Sendable, Hashable {
    public let iteration: Int
    /// The mean return over some episodes, without penalties.
    public let meanReturn: Double
    /// As it is stored.
    public let policy: LinearPolicy
}
