import M3DTModel
import M3DTReports
import M3DTTensor

/// What a benchmark shows: a table for people, and rows for programs.
public struct BenchmarkReport {
    public let model: ModelConfiguration
    public var results: [BenchmarkResult] = []
    /// Operations per second of a large matrix product in each precision.
    public var peaks: [Precision: Double] = [:]

    public init(model: ModelConfiguration) {
        self.model = model
    }

    /// The last result in a few words.
    public var lastLine: String {
        guard let last = results.last else { return "" }
        let ratio = last.ratio(to: .float32).map { ", PyTorch \(Self.text($0)) as long" } ?? ""
        return "\(NumberText.significant(last.milliseconds, digits: 3)) ms\(ratio)"
    }

    /// How fast the machine multiplies.
    public var peakLine: String {
        let peaks = self.peaks.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\(NumberText.fixed($0.value / 1e9, decimals: 0)) GFLOP/s in \($0.key.rawValue)" }
        return "Matrix products reach " + peaks.joined(separator: " and ") + "."
    }

    /// One row for each case and precision.
    ///
    /// - Throws: `ReportError` where a row does not fit.
    public func table() throws -> TextTable {
        var table = try TextTable(titles: [
            "case", "precision", "ours ms", "PyTorch float32", "PyTorch bfloat16", "of peak", "waiting", "MiB",
            "PyTorch MiB",
        ])
        for result in results {
            try table.append([
                result.work.name, result.precision.rawValue, NumberText.significant(result.milliseconds, digits: 3),
                result.ratio(to: .float32).map(Self.text) ?? NumberText.missing,
                result.ratio(to: .bfloat16).map(Self.text) ?? NumberText.missing,
                share(result).map { NumberText.fixed(100 * $0, decimals: 0) + " %" } ?? NumberText.missing,
                result.waitShare.map { NumberText.fixed(100 * $0, decimals: 2) + " %" } ?? NumberText.missing,
                NumberText.fixed(result.memory, decimals: 0),
                result.theirMemory.map { NumberText.fixed($0, decimals: 0) } ?? NumberText.missing,
            ])
        }
        return table
    }

    /// The same with all digits: medians in milliseconds, ratios with the least and the largest of the rounds.
    ///
    /// - Throws: `ReportError` where a row does not fit.
    public func csv(threads: Int, torch: String) throws -> CSVTable {
        var table = try CSVTable(columns: [
            "case", "precision", "threads", "rounds", "ours_ms", "pytorch_float32_ms", "ratio_float32",
            "ratio_float32_least", "ratio_float32_largest", "pytorch_bfloat16_ms", "ratio_bfloat16",
            "ratio_bfloat16_least", "ratio_bfloat16_largest", "share_of_peak", "data_wait_share", "memory_mib",
            "pytorch_memory_mib",
            "pytorch",
        ])
        for result in results {
            let others = [Precision.float32, .bfloat16].flatMap { other -> [Double?] in
                let ratio = result.ratio(to: other)
                let time = result.theirs[other].map { BenchmarkResult.median($0.flatMap(\.self)) }
                return [time, ratio?.median, ratio?.least, ratio?.largest]
            }
            let numbers =
                [result.milliseconds] + others + [share(result), result.waitShare, result.memory, result.theirMemory]
            try table.append(
                [result.work.name, result.precision.rawValue, "\(threads)", "\(result.ours.count)"]
                    + numbers.map { $0.map { NumberText.significant($0) } ?? "" } + [torch])
        }
        return table
    }

    private func share(_ result: BenchmarkResult) -> Double? {
        peaks[result.precision].flatMap { result.share(ofPeak: $0, model) }
    }

    private static func text(_ ratio: (median: Double, least: Double, largest: Double)) -> String {
        let parts = [ratio.median, ratio.least, ratio.largest].map { NumberText.fixed($0) }
        return "\(parts[0])x [\(parts[1]), \(parts[2])]"
    }
}
