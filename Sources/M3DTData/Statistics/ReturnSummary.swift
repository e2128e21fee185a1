/// How the returns of a set of episodes are spread.
public struct ReturnSummary: Codable, Sendable, Hashable {
    public let minimum: Double
    public let lowerQuartile: Double
    public let median: Double
    public let upperQuartile: Double
    public let maximum: Double
    public let mean: Double
    /// The mean of the best tenth, at least one episode.
    public let bestDecile: Double

    /// Quartiles lie between neighbours in proportion, as the usual statistics packages define them.
    ///
    /// - Precondition: There is at least one return.
    public init(_ returns: [Double]) {
        precondition(!returns.isEmpty, "a summary needs at least one episode")
        let sorted = returns.sorted()
        func quantile(_ share: Double) -> Double {
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
        }
        minimum = quantile(0)
        lowerQuartile = quantile(0.25)
        median = quantile(0.5)
        upperQuartile = quantile(0.75)
        maximum = quantile(1)
        mean = sorted.reduce(0, +) / Double(sorted.count)
        let best = sorted.suffix((sorted.count + 9) / 10)
        bestDecile = best.reduce(0, +) / Double(best.count)
    }
}
