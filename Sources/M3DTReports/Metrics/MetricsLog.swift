import Foundation
import Synchronization

/// The run's measurements as `metrics.jsonl`: one JSON object a line, only ever added to.
///
/// A line holds `stage`, `step`, `values` and `wall_seconds`, its keys in order of the alphabet.
public final class MetricsLog: MetricsSink {
    /// The file.
    public let url: URL
    private let nonFinite: NonFinitePolicy
    private let file: Mutex<AppendFile>

    /// Opens the log at its end; a last line that a kill tore apart is removed first.
    ///
    /// - Parameter nonFinite: Default: refuse, because a training that has diverged should stop.
    /// - Throws: ``ReportError`` where the file cannot be opened or a line before the last is malformed.
    public init(at url: URL, nonFinite: NonFinitePolicy = .refuse) throws {
        self.url = url
        self.nonFinite = nonFinite
        var opened = try AppendFile(at: url)
        let whole = try MetricsLines(of: url)
        if whole.wholeLength < opened.length { try opened.truncate(to: whole.wholeLength) }
        file = Mutex(opened)
    }

    /// Adds a line.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or the line cannot be written; the log is then as it was.
    public func record(_ record: MetricsRecord) throws {
        if nonFinite == .refuse { try record.checkFinite() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = try encoder.encode(record)
        line.append(UInt8(ascii: "\n"))
        try file.withLock { try $0.append(line) }
    }

    /// Removes the lines of a stage after the given step, in one atomic replacement of the file.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or replaced; it is then as it was.
    public func resume(stage: String, after step: Int) throws {
        try file.withLock { file in
            let lines = try MetricsLines(of: url)
            let kept = lines.entries.filter { $0.record.stage != stage || $0.record.step <= step }
            guard kept.count < lines.entries.count else { return }
            try writeAtomically(kept.reduce(into: Data()) { $0 += $1.text + [UInt8(ascii: "\n")] }, to: url)
            file = try AppendFile(at: url)
        }
    }

    /// All records of a log, a torn last line left out.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or a line before the last is malformed.
    public static func read(_ url: URL) throws -> [MetricsRecord] {
        try MetricsLines(of: url).entries.map(\.record)
    }
}

/// The whole lines of a log.
private struct MetricsLines {
    var entries: [(text: Data, record: MetricsRecord)] = []
    /// Bytes up to the end of the last whole line.
    var wholeLength: UInt64 = 0

    init(of url: URL) throws {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw ReportError.file(path: url.path, operation: "read", reason: reason(of: error))
        }
        let decoder = JSONDecoder()
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let text = data[start..<end]
            do {
                entries.append((Data(text), try decoder.decode(MetricsRecord.self, from: Data(text))))
            } catch {
                // A power cut can leave a last line of zeros that does end; anything earlier is damage.
                guard end == data.index(before: data.endIndex) else {
                    throw ReportError.malformed(
                        file: url.path, line: entries.count + 1, reason: "not a JSON object of the metrics")
                }
                return
            }
            start = data.index(after: end)
            wholeLength = UInt64(start - data.startIndex)
        }
    }
}
