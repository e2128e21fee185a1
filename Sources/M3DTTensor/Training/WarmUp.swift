/// A learning rate that rises linearly and then stays.
public struct WarmUp: Codable, Sendable, Equatable {
    /// The full rate.
    public var learningRate: Double
    /// Steps until the full rate is reached.
    public var steps: Int

    /// Rises to `learningRate` over `steps` steps.
    public init(learningRate: Double, steps: Int) {
        self.learningRate = learningRate
        self.steps = steps
    }

    /// The rate of a step, counted from 0.
    public func rate(at step: Int) -> Double {
        learningRate * min(Double(step + 1) / Double(max(steps, 1)), 1)
    }
}
