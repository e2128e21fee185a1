/// Statistics of plain samples.
public enum SampleStatistics {
    /// The arithmetic mean.
    ///
    /// - Throws: ``ReportError`` where there is no number or one is not finite.
    public static func mean(_ sample: [Double]) throws -> Double {
        try check(sample, "the mean")
        return sample.reduce(0, +) / Double(sample.count)
    }

    /// The standard deviation of the population that the sample was drawn from (n - 1 in the denominator); 0 for one number.
    ///
    /// - Throws: ``ReportError`` where there is no number or one is not finite.
    public static func standardDeviation(_ sample: [Double]) throws -> Double {
        let mean = try mean(sample)
        guard sample.count > 1 else { return 0 }
        return (sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sample.count - 1)).squareRoot()
    }

    /// The standard error of the mean; 0 for one number.
    ///
    /// - Throws: ``ReportError`` where there is no number or one is not finite.
    public static func standardError(_ sample: [Double]) throws -> Double {
        try standardDeviation(sample) / Double(sample.count).squareRoot()
    }

    /// The interquartile mean: the mean of what is left when the lowest and highest quarter, rounded down, are taken off.
    ///
    /// - Throws: ``ReportError`` where there is no number or one is not finite.
    ///
    /// Source: Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", 2021.
    public static func interquartileMean(_ sample: [Double]) throws -> Double {
        try check(sample, "the interquartile mean")
        return interquartileMean(sorted: sample.sorted())
    }

    /// The quantile with linear interpolation between the two nearest numbers.
    ///
    /// - Parameter fraction: 0 ... 1.
    /// - Throws: ``ReportError`` where there is no number or one is not finite.
    public static func quantile(_ sample: [Double], _ fraction: Double) throws -> Double {
        precondition((0...1).contains(fraction), "a quantile is asked for at 0 ... 1, not \(fraction)")
        try check(sample, "a quantile")
        return quantile(sorted: sample.sorted(), fraction)
    }

    static func quantile(sorted: [Double], _ fraction: Double) -> Double {
        let position = fraction * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
    }

    static func interquartileMean(sorted: [Double]) -> Double {
        let cut = sorted.count / 4
        let middle = sorted[cut..<sorted.count - cut]
        return middle.reduce(0, +) / Double(middle.count)
    }

    /// - Throws: ``ReportError`` for a sample that is empty or holds a number that is not finite.
    static func check(_ sample: [Double], _ statistic: String) throws {
        guard !sample.isEmpty else { throw ReportError.emptySample(statistic: statistic) }
        guard sample.allSatisfy(\.isFinite) else { throw ReportError.sampleNotFinite(statistic: statistic) }
    }
}
