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
        let ratio = last.ratio(to: .float32).map { ", PyTorch takes \(Self.text($0))" } ?? ""
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
        let titles = [
            "ours ms", "per second", "PyTorch float32 takes", "PyTorch bfloat16 takes", "of peak", "waiting", "MiB",
            "PyTorch MiB",
        ]
        var table = try TextTable(
            columns: [.init("case", .left), .init("precision", .left)] + titles.map { .init($0, .right) })
        for result in results {
            let (time, share) = (result.milliseconds, share(result))
            let cells = [
                NumberText.significant(time, digits: 3), NumberText.significant(1000 / time, digits: 3),
                result.ratio(to: .float32).map(Self.text), result.ratio(to: .bfloat16).map(Self.text),
                share.map { NumberText.fixed(100 * $0, decimals: 0) + " %" },
                result.waitShare.map { NumberText.fixed(100 * $0, decimals: 2) + " %" },
                NumberText.fixed(result.memory, decimals: 0),
                result.theirMemory.map { NumberText.fixed($0, decimals: 0) },
            ]
            try table.append(
                [result.work.name, result.precision.rawValue] + cells.map { $0 ?? NumberText.missing })
        }
        return table
    }

    /// The same with all digits: medians in milliseconds, ratios with the least and the largest of the rounds.
    ///
    /// - Throws: `ReportError` where a row does not fit.
    public func csv(threads: Int) throws -> CSVTable {
        var table = try CSVTable(columns: [
            "case", "precision", "threads", "rounds", "ours_ms", "pytorch_float32_ms", "ratio_float32",
            "ratio_float32_least", "ratio_float32_largest", "pytorch_bfloat16_ms", "ratio_bfloat16",
            "ratio_bfloat16_least", "ratio_bfloat16_largest", "share_of_peak", "data_wait_share", "memory_mib",
            "pytorch_memory_mib", "pytorch",
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
                    + numbers.map { $0.map { NumberText.significant($0) } ?? "" } + [result.pytorch ?? ""])
        }
        return table
    }

    private func share(_ result: BenchmarkResult) -> Double? {
        peaks[result.precision].flatMap { result.share(ofPeak: $0, model) }
    }

    /// A ratio and its spread, of the same length for all but very large ones.
    private static func text(_ ratio: (median: Double, least: Double, largest: Double)) -> String {
        let parts = [ratio.median, ratio.least, ratio.largest].map { number in
            let text = NumberText.fixed(number, decimals: number < 9.995 ? 2 : number < 99.95 ? 1 : 0)
            return String(repeating: " ", count: max(4 - text.count, 0)) + text
        }
        return "\(parts[0])x [\(parts[1]), \(parts[2])]"
    }
}
