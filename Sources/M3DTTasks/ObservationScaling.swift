/// How raw observations become the numbers that a model sees: (x - mean) / deviation, then clipped.
///
/// Training and evaluation go through this one type, so that both see the same bits for the same observation.
public struct ObservationScaling: Codable, Sendable, Hashable {
    /// One number for each observation column.
    public let mean: [Float]
    /// One positive number for each observation column.
    public let deviation: [Float]
    /// Scaled numbers are cut off at plus and minus this; `nil` leaves them as they are.
    public let clip: Float?

    /// - Precondition: One mean for each deviation, and every deviation positive.
    public init(mean: [Float], deviation: [Float], clip: Float?) {
        precondition(mean.count == deviation.count, "a mean belongs to each of the \(deviation.count) deviations")
        precondition(deviation.allSatisfy { $0 > 0 }, "a deviation must be positive")
        self.mean = mean
        self.deviation = deviation
        self.clip = clip
    }

    /// Leaves observations of the given width as they are.
    public static func identity(width: Int) -> ObservationScaling {
        ObservationScaling(
            mean: [Float](repeating: 0, count: width), deviation: [Float](repeating: 1, count: width), clip: nil)
    }

    /// The scaled value of the given column.
    @inlinable
    public func scaled(_ value: Float, column: Int) -> Float {
        let scaled = (value - mean[column]) / deviation[column]
        guard let clip else { return scaled }
        return min(max(scaled, -clip), clip)
    }

    /// Scales one observation.
    ///
    /// - Precondition: `observation` is as wide as ``mean``.
    public func scaled(_ observation: [Double]) -> [Float] {
        precondition(observation.count == mean.count, "\(observation.count) numbers, not \(mean.count), to scale")
        return observation.indices.map { scaled(Float(observation[$0]), column: $0) }
    }
}
