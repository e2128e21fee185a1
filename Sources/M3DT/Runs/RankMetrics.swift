import Foundation
import M3DTReports

/// What ranks other than the first measure where each trains by itself: in a file of its own beside the run's log, from which the
/// first takes it over.
struct RankMetrics {
    let run: RunFolder

    private static let (prefix, suffix) = ("metrics.rank-", ".jsonl")

    /// Opens the file of a rank.
    ///
    /// - Throws: `ReportError` where it cannot be opened.
    func log(of rank: Int) throws -> MetricsLog {
        try MetricsLog(at: run.url.appendingPathComponent("\(Self.prefix)\(rank)\(Self.suffix)"))
    }

    /// Moves all ranks' records into the run's own; those of an earlier run that was killed too.
    ///
    /// A stage that was taken up again replaces what is known of the steps that it took again.
    /// - Throws: `ReportError` where a file cannot be read or written.
    func takeOver(into sink: any MetricsSink) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: run.url.path)
            .filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.suffix) }
        for name in names.sorted() {
            let file = run.url.appendingPathComponent(name)
            var begun: Set<String> = []
            for record in try MetricsLog.read(file) {
                if begun.insert(record.stage).inserted {
                    try sink.resume(stage: record.stage, after: record.step - 1)
                }
                try sink.record(record)
            }
            try FileManager.default.removeItem(at: file)
        }
    }
}
