/// By how much the actions of an episode did better than their states promised.
///
/// Source: Schulman and others, "High-dimensional continuous control using generalized advantage estimation", 2016.
struct AdvantageEstimate: Equatable {
    /// T.
    private(set) var advantages: [Float]
    /// T: what the states turned out to be worth.
    private(set) var returns: [Float]

    /// - Parameters:
    ///   - rewards: T.
    ///   - values: T + 1, of all states; the last does not count where the task ended the episode.
    init(rewards: [Float], values: [Float], terminated: Bool, discount: Double, traceDecay: Double) {
        precondition(values.count == rewards.count + 1, "\(values.count) values for \(rewards.count) rewards")
        (advantages, returns) = (rewards, rewards)
        var (next, advantage) = (terminated ? 0 : Double(values[rewards.count]), 0.0)
        for step in rewards.indices.reversed() {
            let value = Double(values[step])
            let surprise = Double(rewards[step]) + discount * next - value
            advantage = surprise + discount * traceDecay * advantage
            advantages[step] = Float(advantage)
            returns[step] = Float(advantage + value)
            next = value
        }
    }
}
