import ArgumentParser
import Foundation
import M3DT
import M3DTReports
import M3DTTensor

/// The command `bench cases`, which `bench` is without another word.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct BenchCasesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cases", abstract: "Time training and acting, turn by turn with PyTorch.",
        discussion: """
            Times the paper's model: steps of the three stages with their data, a whole short stage, batches, actions and \
            evaluations with 48 experts; each in a process of its own, so that its peak of memory is its own. With \
            --against-pytorch the same architecture runs in eager PyTorch in a process beside it; both take turns, and a \
            ratio is a median over rounds. Nothing else should run on the machine meanwhile. All cases in both precisions take \
            about 20 minutes on two cores.

            PyTorch is installed for this with Scripts/setup_worker.sh torch.
            """)

    @Argument(
        help: "Which cases: \(BenchmarkCase.standard.map(\.name).joined(separator: ", ")); all if none is named.")
    var cases: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "float32, bfloat16, or both. Default: both where the device is fast in bfloat16, else float32.")
    var precisions: [Precision] = []

    @OptionGroup var measuring: BenchCaseOptions

    @Option(help: "Where the rows go as CSV, after each case; rows of other cases that are there stay.")
    var csv: URL?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cases = try cases.isEmpty ? BenchmarkCase.standard : cases.map(BenchmarkCase.named)
        try TensorEngine.setThreads(measuring.threads)
        let device = try Device(named: measuring.device)
        let isFastInHalf = Precision.preferred(on: device) == .bfloat16
        let precisions = precisions.isEmpty ? isFastInHalf ? [.bfloat16, .float32] : [.float32] : precisions
        var report = BenchmarkReport(model: Benchmark().model)
        try write(report)
        for precision in precisions {
            report.peaks[precision] = try MatrixPeak.measure(precision, on: device)
            for work in cases where !work.isWithoutProducts || precision == precisions.first {
                report.results.append(try measuring.measureApart(work, precision))
                try write(report)
                output.say("\(work.name), \(precision.rawValue): \(report.lastLine)")
            }
        }
        try output.show(report.table())
        output.say(report.peakLine)
    }

    private func write(_ report: BenchmarkReport) throws {
        guard let csv else { return }
        try report.csv(threads: measuring.threads)
            .replacing(in: csv, by: ["case", "precision", "threads"]).write(to: csv)
    }
}

/// How each case is measured.
struct BenchCaseOptions: ParsableArguments {
    @Flag(help: "Also time eager PyTorch.")
    var againstPytorch = false

    @Option(help: "The least number of rounds of a case; in each, both sides take a turn.")
    var rounds = 3

    @Option(help: "There are more rounds until a case has taken so many seconds.")
    var seconds = 20.0

    @Option(help: "Threads of both sides.")
    var threads = TensorEngine.threads

    @Option(help: "Where ours computes: cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    /// - Throws: `ValidationError` for a number that is not positive.
    func validate() throws {
        guard rounds > 0, threads > 0 else { throw ValidationError("--rounds and --threads must be positive") }
    }

    /// Measures a case in a process of its own.
    ///
    /// - Throws: `ExitCode` where it fails; it has said why.
    func measureApart(_ work: BenchmarkCase, _ precision: Precision) throws -> BenchmarkResult {
        var words = [
            "bench", "case", work.name, precision.rawValue, "--rounds", "\(rounds)", "--seconds", "\(seconds)",
            "--threads", "\(threads)", "--device", device,
        ]
        if againstPytorch { words.append("--against-pytorch") }
        return try OwnProgram.answer(to: words)
    }
}

/// The command `bench case`: one case, measured in this process; for `bench cases`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct BenchCaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "Measure one case, and print it as JSON.", shouldDisplay: false)

    @Argument var name: String
    @Argument var precision: Precision
    @OptionGroup var measuring: BenchCaseOptions

    func run() throws {
        try TensorEngine.setThreads(measuring.threads)
        let yardstick = try measuring.againstPytorch ? PyTorchYardstick(root: URL(fileURLWithPath: ".")) : nil
        var benchmark = Benchmark(against: yardstick)
        (benchmark.rounds, benchmark.seconds) = (measuring.rounds, measuring.seconds)
        benchmark.device = try Device(named: measuring.device)
        let result = try benchmark.measure(BenchmarkCase.named(name), precision: precision)
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }
}
