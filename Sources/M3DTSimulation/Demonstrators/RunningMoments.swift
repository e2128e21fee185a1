/// The mean and spread of vectors that come one at a time.
///
/// Source: the parallel form of Welford's method (Chan, Golub and LeVeque, 1979).
package struct RunningMoments: Codable, Sendable, Hashable {
    package private(set) var count = 0.0
    package private(set) var mean: [Double]
    private var squares: [Double]

    package init(width: Int) {
        mean = [Double](repeating: 0, count: width)
        squares = mean
    }

    package mutating func add(_ vector: [Double]) {
        count += 1
        for i in mean.indices {
            let difference = vector[i] - mean[i]
            mean[i] += difference / count
            squares[i] += difference * (vector[i] - mean[i])
        }
    }

    package mutating func add(_ other: RunningMoments) {
        guard other.count > 0 else { return }
        let total = count + other.count
        for i in mean.indices {
            let difference = other.mean[i] - mean[i]
            mean[i] += difference * other.count / total
            squares[i] += other.squares[i] + difference * difference * count * other.count / total
        }
        count = total
    }

    /// Standard deviations, at least `floor`; 1 before two vectors came.
    package func deviation(floor: Double) -> [Double] {
        count < 2 ? mean.map { _ in 1 } : squares.map { max(($0 / count).squareRoot(), floor) }
    }
}
