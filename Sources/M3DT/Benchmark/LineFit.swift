/// The straight line of least squares through points.
public struct LineFit: Sendable, Equatable {
    /// The value at 0.
    public let start: Double
    /// The rise for each unit.
    public let slope: Double
    /// The largest distance of a point from the line, in parts of its value.
    public let largestMiss: Double

    /// - Precondition: At least two points, at different places.
    public init(_ points: [(x: Double, y: Double)]) {
        let count = Double(points.count)
        let (x, y) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
        let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
        precondition(spread > 0, "a line needs points at two places")
        let slope = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread
        let start = y - slope * x
        (self.slope, self.start) = (slope, start)
        largestMiss = points.reduce(0) { max($0, abs(start + slope * $1.x - $1.y) / abs($1.y)) }
    }
}
