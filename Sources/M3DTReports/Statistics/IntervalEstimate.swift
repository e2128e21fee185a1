/// A statistic and the interval it lies in with the stated confidence.
public struct IntervalEstimate: Sendable, Equatable, Codable {
    public var value: Double
    public var lower: Double
    public var upper: Double

    public init(value: Double, lower: Double, upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }
}
