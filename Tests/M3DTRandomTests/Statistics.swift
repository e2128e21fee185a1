import Foundation

/// Pearson's statistic of numbers in [0, 1) over cells of equal width.
func chiSquare(_ numbers: [Double], cells: Int) -> Double {
    var counts = [Int](repeating: 0, count: cells)
    for number in numbers { counts[Int(number * Double(cells))] += 1 }
    let expected = Double(numbers.count) / Double(cells)
    return counts.reduce(0) { $0 + pow(Double($1) - expected, 2) / expected }
}

/// What the statistic exceeds about once in a million (Wilson and Hilferty's formula at 4.75 deviations).
func chiSquareBound(cells: Int) -> Double {
    let freedom = Double(max(cells - 1, 1))
    return freedom * pow(1 - 2 / (9 * freedom) + 4.75 * (2 / (9 * freedom)).squareRoot(), 3)
}

/// Pearson's coefficient of correlation.
func correlation(_ first: [Double], _ second: [Double]) -> Double {
    let count = Double(first.count)
    let (firstMean, secondMean) = (first.reduce(0, +) / count, second.reduce(0, +) / count)
    let product = zip(first, second).reduce(0) { $0 + ($1.0 - firstMean) * ($1.1 - secondMean) }
    let squares = (
        first.reduce(0) { $0 + pow($1 - firstMean, 2) }, second.reduce(0) { $0 + pow($1 - secondMean, 2) }
    )
    return product / (squares.0 * squares.1).squareRoot()
}
