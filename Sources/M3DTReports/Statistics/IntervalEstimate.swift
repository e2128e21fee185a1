/// A statistic and the interval it lies in with the stated confidence.
public struct IntervalEstimate: Sendable, Equatable, Codable {
    /// The statistic.
    public var value: Double
    /// The lower end of the interval.
    public var lower: Double
    /// The upper end of the interval.
    public var upper: Double

    /// Makes an estimate.
    public init(value: Double, lower: Double, upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }
}
