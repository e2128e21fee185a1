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
            Times the paper's model: steps of the three stages with their data, actions with 48 experts, batches. With \
            --against-pytorch the same architecture runs in eager PyTorch in a process beside this one; both take turns, and a \
            ratio is a median over rounds. Nothing else should run on the machine meanwhile.

            PyTorch is installed for this with Scripts/setup_worker.sh torch.
            """)

    @Argument(
        help: "Which cases: \(BenchmarkCase.standard.map(\.name).joined(separator: ", ")); all if none is named.")
    var cases: [String] = []

    @Flag(help: "Also time eager PyTorch.")
    var againstPytorch = false

    @Option(parsing: .upToNextOption, help: "float32, bfloat16, or both.")
    var precisions: [String] = ["bfloat16", "float32"]

    @Option(help: "Rounds; in each, both sides take a turn.")
    var rounds = 5

    @Option(help: "Threads of both sides.")
    var threads = TensorEngine.threads

    @Option(help: "Where ours computes: cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @Option(help: "Where the rows go as CSV, after each case.")
    var csv: URL?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard rounds > 0, threads > 0 else { throw ValidationError("--rounds and --threads must be positive") }
        for name in precisions where Precision(rawValue: name) == nil {
            throw ValidationError("--precisions takes float32 and bfloat16, not '\(name)'")
        }
    }

    func run() throws {
        let cases = try cases.isEmpty ? BenchmarkCase.standard : cases.map(BenchmarkCase.named)
        try TensorEngine.setThreads(threads)
        let yardstick = try againstPytorch ? PyTorchYardstick(root: URL(fileURLWithPath: ".")) : nil
        var benchmark = Benchmark(against: yardstick)
        benchmark.rounds = rounds
        benchmark.device = try Device(named: device)
        var report = BenchmarkReport(model: benchmark.model)
        for precision in precisions.compactMap(Precision.init) {
            report.peaks[precision] = try MatrixPeak.measure(precision, on: benchmark.device)
            for work in cases where work.work != .batch || precision.rawValue == precisions.first {
                report.results.append(try benchmark.measure(work, precision: precision))
                if let csv { try report.csv(threads: threads, torch: yardstick?.version ?? "").write(to: csv) }
                output.say("\(work.name), \(precision.rawValue): \(report.lastLine)")
            }
        }
        try output.show(report.table())
        output.say(report.peakLine)
    }
}
