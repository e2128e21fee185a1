import M3DTModel
import M3DTReports
import M3DTTensor

/// What a benchmark measured of one case.
public struct BenchmarkResult: Codable, Sendable {
    public let work: BenchmarkCase
    public let precision: Precision
    /// Milliseconds of each repetition of ours, round by round.
    public var ours: [[Double]] = []
    /// The same for PyTorch in each precision it was asked for.
    public var theirs: [Precision: [[Double]]] = [:]
    /// The share of its time that a training waited for batches.
    public var waitShare: Double?
    /// The largest resident memory of this process so far, or the most that was taken of a device, in MiB.
    public var memory = 0.0
    /// The largest resident memory of PyTorch's process.
    public var theirMemory: Double?
    /// The version of PyTorch.
    public var pytorch: String?

    /// The median time of ours, in milliseconds.
    public var milliseconds: Double { Self.median(ours.flatMap(\.self)) }

    /// How many times as long PyTorch takes: the median over rounds of the ratio of medians, and its least and largest.
    ///
    /// Both sides of a ratio were measured within seconds of each other, so that what else the machine does touches both.
    public func ratio(to precision: Precision) -> (median: Double, least: Double, largest: Double)? {
        guard let theirs = theirs[precision], !theirs.isEmpty else { return nil }
        let ratios = zip(theirs, ours).map { Self.median($0) / Self.median($1) }
        return (Self.median(ratios), ratios.min() ?? .nan, ratios.max() ?? .nan)
    }

    /// The share of the machine's matrix-product peak that the time stands for.
    ///
    /// - Parameter peak: Operations per second.
    public func share(ofPeak peak: Double, _ model: ModelConfiguration) -> Double? {
        let operations = work.operations(model)
        return operations > 0 ? operations / (milliseconds / 1000) / peak : nil
    }

    /// The middle value; not a number where there is none.
    static func median(_ values: [Double]) -> Double {
        if values.isEmpty { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
