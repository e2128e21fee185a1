import ArgumentParser
import Foundation
import M3DT
import M3DTReports
import M3DTTensor

/// The command `bench scaling`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct BenchScalingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling", abstract: "Measure how time and memory of a training step grow with its sizes.",
        discussion: """
            Each series makes one size larger and leaves the others at the paper's; each size is measured in a process of its own. \
            A line is fitted through the points of a series. Nothing else should run on the machine meanwhile.
            """)

    @Argument(
        help: "Which series: \(ScalingSeries.allCases.map(\.rawValue).joined(separator: ", ")); all if none is named.")
    var series: [String] = []

    @OptionGroup var point: BenchPointOptions

    @Option(help: "Where the points go as CSV, after each series; points of other series that are there stay.")
    var csv: URL?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let series = try series.isEmpty ? ScalingSeries.allCases : series.map(ScalingSeries.init(named:))
        var report = ScalingReport(precision: point.precision, threads: point.threads)
        try write(report)
        for series in series {
            for size in series.sizes {
                let measured = try BenchPointCommand.measureApart(series, size, point)
                report.points.append(measured)
                let (time, memory) = (measured.milliseconds, measured.peakMemory)
                output.say(
                    "\(series.rawValue) \(size): \(NumberText.significant(time, digits: 3)) ms, "
                        + "\(NumberText.fixed(memory, decimals: 0)) MiB")
            }
            try write(report)
        }
        try output.show(report.table())
    }

    private func write(_ report: ScalingReport) throws {
        guard let csv else { return }
        try report.csv().replacing(in: csv, by: ["series", "size", "precision", "threads"]).write(to: csv)
    }
}

/// How each size is measured.
struct BenchPointOptions: ParsableArguments {
    @Option(help: "float32 or bfloat16.")
    var precision = Precision.preferred(on: .cpu)

    @Option(help: "The least number of rounds of a few steps.")
    var rounds = 3

    @Option(help: "There are more rounds until a size has taken so many seconds.")
    var seconds = 6.0

    @Option(help: "Threads.")
    var threads = TensorEngine.threads

    /// - Throws: `ValidationError` for a number that is not positive.
    func validate() throws {
        guard rounds > 0, threads > 0 else { throw ValidationError("--rounds and --threads must be positive") }
    }
}

extension Precision: ExpressibleByArgument {}

/// The command `bench point`: one size, measured in this process; for `bench scaling`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct BenchPointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "point", abstract: "Measure one size of a series, and print it as JSON.", shouldDisplay: false)

    @Argument var series: String
    @Argument var size: Int
    @OptionGroup var point: BenchPointOptions

    func run() throws {
        try TensorEngine.setThreads(point.threads)
        let measured = try ScalingPoint(
            ScalingSeries(named: series), size: size, precision: point.precision, rounds: point.rounds,
            seconds: point.seconds)
        print(String(decoding: try JSONEncoder().encode(measured), as: UTF8.self))
    }

    /// Measures a size in a process of its own.
    ///
    /// - Throws: `ExitCode` where it fails; it has said why.
    static func measureApart(_ series: ScalingSeries, _ size: Int, _ point: BenchPointOptions) throws -> ScalingPoint {
        try OwnProgram.answer(to: [
            "bench", "point", series.rawValue, "\(size)", "--precision", point.precision.rawValue,
            "--rounds", "\(point.rounds)", "--seconds", "\(point.seconds)", "--threads", "\(point.threads)",
        ])
    }
}
