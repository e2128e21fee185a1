import ArgumentParser
import Foundation
import M3DTModel
import M3DTReports
import M3DTTensor

/// Some tensor is further from its golden than allowed.
struct GoldensDoNotHold: Error, CustomStringConvertible {
    let failed: Int
    var description: String { "\(failed) tensors are further from the reference than allowed" }
}

/// The command `goldens`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct GoldensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "goldens", abstract: "Compare with what the reference computed, tensor by tensor.",
        discussion: """
            A tensor holds where every element is within \(GoldenComparison.absoluteTolerance) plus \
            \(GoldenComparison.relativeTolerance) of its size. Exit code 0 only if all hold.
            """)

    @Argument(help: "A folder of goldens, such as Tests/Fixtures/reference-small.")
    var folder: URL

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var output: OutputOptions

    func run() throws {
        let comparisons = try GoldenCheck.run(folder, on: Device(named: device))
        var table = try TextTable(titles: ["tensor", "shape", "largest deviation", "of what is allowed", "holds"])
        for comparison in comparisons {
            try table.append([
                comparison.name, comparison.shape.map(String.init).joined(separator: "x"),
                NumberText.significant(comparison.largestDeviation),
                NumberText.fixed(100 * comparison.shareOfTolerance) + " %", comparison.holds ? "yes" : "NO",
            ])
        }
        try output.show(table)
        let failed = comparisons.count { !$0.holds }
        guard failed == 0 else { throw GoldensDoNotHold(failed: failed) }
        output.say("all \(comparisons.count) tensors hold")
    }
}
