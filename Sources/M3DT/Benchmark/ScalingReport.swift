import Foundation
import M3DTReports
import M3DTTensor

/// What was measured at one size of a series, in a process of its own.
public struct ScalingPoint: Codable, Sendable, Equatable {
    public let series: ScalingSeries
    public let size: Int
    /// The median time of a step.
    public let milliseconds: Double
    /// The most memory that the process has had, in MiB.
    public let peakMemory: Double

    /// Measures a size in this process, which should do nothing else.
    ///
    /// - Throws: What training throws.
    public init(
        _ series: ScalingSeries, size: Int, precision: Precision, rounds: Int, seconds: Double = 0
    ) throws {
        var benchmark = series.benchmark(at: size)
        (benchmark.rounds, benchmark.seconds) = (rounds, seconds)
        let result = try benchmark.measure(series.work(at: size), precision: precision)
        (self.series, self.size, milliseconds) = (series, size, result.milliseconds)
        peakMemory = ProcessMemory.peak(of: ProcessInfo.processInfo.processIdentifier) ?? 0
    }

    /// What another process has measured.
    public init(_ series: ScalingSeries, size: Int, milliseconds: Double, peakMemory: Double) {
        (self.series, self.size, self.milliseconds, self.peakMemory) = (series, size, milliseconds, peakMemory)
    }
}

/// How time and memory grow with each size: points, and a line through those of a series.
public struct ScalingReport {
    public var points: [ScalingPoint] = []
    private let precision: Precision
    private let threads: Int

    public init(precision: Precision, threads: Int) {
        self.precision = precision
        self.threads = threads
    }

    /// One row for each point.
    ///
    /// - Throws: `ReportError` where a row does not fit.
    public func csv() throws -> CSVTable {
        var table = try CSVTable(columns: [
            "series", "size", "precision", "threads", "step_ms", "peak_memory_mib", "line_ms", "line_mib",
        ])
        for point in points {
            let lines = [line(of: point.series, \.milliseconds), line(of: point.series, \.peakMemory)]
            let fitted = lines.map { $0.map { $0.start + $0.slope * point.series.value(at: point.size) } }
            let numbers = [point.milliseconds, point.peakMemory] + fitted
            try table.append(
                [point.series.rawValue, "\(point.size)", precision.rawValue, "\(threads)"]
                    + numbers.map { $0.map { NumberText.significant($0) } ?? "" })
        }
        return table
    }

    /// One row for each series: the lines of time and of memory.
    ///
    /// - Throws: `ReportError` where a row does not fit.
    public func table() throws -> TextTable {
        var table = try TextTable(titles: ["series", "step ms", "off by", "peak MiB", "off by"])
        for series in ScalingSeries.allCases {
            guard let time = line(of: series, \.milliseconds), let memory = line(of: series, \.peakMemory) else {
                continue
            }
            try table.append(
                [series.rawValue]
                    + [time, memory].flatMap { line in
                        [
                            "\(NumberText.significant(line.start, digits: 3)) + "
                                + "\(NumberText.significant(line.slope, digits: 3)) x \(series.variable)",
                            NumberText.fixed(100 * line.largestMiss, decimals: 0) + " %",
                        ]
                    })
        }
        return table
    }

    /// The line through a series' points; nothing where there are fewer than three.
    func line(of series: ScalingSeries, _ quantity: KeyPath<ScalingPoint, Double>) -> LineFit? {
        let own = points.filter { $0.series == series }
        guard own.count > 2 else { return nil }
        return LineFit(own.map { (series.value(at: $0.size), $0[keyPath: quantity]) })
    }
}
