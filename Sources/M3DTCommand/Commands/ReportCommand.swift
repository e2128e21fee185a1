import ArgumentParser
import Foundation
import M3DT
import M3DTReports

/// The command `report`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the HTML report of a run, or compare several evaluations.",
        discussion:
            "The page is one file that needs nothing else. With --compare, rows of several CSV files are set side by side."
    )

    @Option(name: .customLong("run"), help: "The folder of a run; the report goes into it.")
    var folder: URL?

    @Option(parsing: .upToNextOption, help: "CSV files of evaluations to compare.")
    var compare: [URL] = []

    @Option(name: .shortAndLong, help: "Where a comparison goes.")
    var output = URL(fileURLWithPath: "comparison.html")

    func validate() throws {
        guard (folder == nil) != compare.isEmpty else { throw ValidationError("give either --run or --compare") }
    }

    func run() throws {
        if let folder {
            guard RunFolder(folder).isRun else { throw RunError.noRun(folder: folder.path) }
            print(try RunReport.write(runFolder: folder).path)
        } else {
            let report = try ComparisonReport(title: "Comparison", files: compare)
            try report.write(to: output)
            print(try report.table().text(), terminator: "")
            print(output.path)
        }
    }
}
