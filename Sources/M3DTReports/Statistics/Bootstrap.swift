import M3DTRandom

/// The stratified percentile bootstrap.
public struct Bootstrap: Sendable, Equatable {
    /// How often the runs are drawn again. Default 2000: the ends of the interval then move by about a fiftieth of its width
    /// between seeds.
    public var replicates: Int
    /// The share of replicates inside the interval. Default 0.95.
    public var confidence: Double
    /// The same seed gives the same interval.
    public var seed: UInt64

    /// - Precondition: `replicates` is positive and `confidence` between 0 and 1.
    public init(replicates: Int = 2000, confidence: Double = 0.95, seed: UInt64 = 0) {
        precondition(replicates > 0, "a bootstrap needs replicates, not \(replicates)")
        precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1, not at \(confidence)")
        self.replicates = replicates
        self.confidence = confidence
        self.seed = seed
    }

    /// A statistic of strata with its interval.
    func interval(of strata: [[Double]], _ statistic: ([[Double]]) -> Double) -> IntervalEstimate {
        let values = distribution(of: [strata]) { [statistic($0[0])] }.map { $0[0] }
        return estimate(statistic(strata), values)
    }

    /// Several statistics of several methods' strata, each method drawn with a stream of its own: one row a replicate.
    func distribution(of methods: [[[Double]]], _ statistics: ([[[Double]]]) -> [Double]) -> [[Double]] {
        let root = RandomStream(seed: seed).split("bootstrap")
        var drawn = methods
        return (0..<replicates).map { replicate in
            for (method, strata) in methods.enumerated() {
                var stream = root.split(method).split(replicate)
                Self.draw(strata, into: &drawn[method], &stream)
            }
            return statistics(drawn)
        }
    }

    /// The percentile interval around a value.
    func estimate(_ value: Double, _ replicates: [Double]) -> IntervalEstimate {
        let sorted = replicates.sorted()
        return IntervalEstimate(
            value: value, lower: SampleStatistics.quantile(sorted: sorted, (1 - confidence) / 2),
            upper: SampleStatistics.quantile(sorted: sorted, (1 + confidence) / 2))
    }

    private static func draw(_ strata: [[Double]], into drawn: inout [[Double]], _ stream: inout RandomStream) {
        for (task, scores) in strata.enumerated() {
            for run in scores.indices { drawn[task][run] = scores[stream.index(below: scores.count)] }
        }
    }
}
