import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTTensor
import M3DTTraining

/// The command `study`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Train and compare a grid: methods, sets of tasks, seeds.",
        subcommands: [StudyRunCommand.self, StudyReportCommand.self], defaultSubcommand: StudyRunCommand.self)
}

/// The command `study run`, which `study` alone stands for.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct StudyRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run what is missing of a study, then write its tables and report.",
        discussion: """
            A study file names recipes, sets of tasks and seeds; each combination is a run like that of m3dt train and \
            m3dt evaluate. A small one:

              name: three
              data: data/native
              tasks: [10, 40]
              seeds: [0, 1, 2]
              steps: 10000
              methods: [demo-promptdt, demo-random, {recipe: demo, experts: [2, 4, 8]}]

            Runs go side by side, each on its share of the processors. Finished runs are skipped; a study that was stopped or \
            killed goes on when the same command is given again. A run that fails does not stop the others. \
            In the folder: results.csv (a row for each task, seed and method), summary.csv, report.html, cells/. \
            Docs/study.md says all that a study file can hold.
            """)

    @Argument(help: "The study file.")
    var file: URL

    @Option(name: .customLong("run"), help: "The folder of the study. Default: runs/NAME.")
    var folder: URL?

    @Option(help: "The folder of the data, instead of the one that the file names.")
    var data: URL?

    @Option(help: "Runs at once, instead of what the file says. Default: one for each processor.")
    var jobs: Int?

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @Flag(help: "Only print the runs, with their steps and what is finished.")
    var dryRun = false

    @OptionGroup var interrupts: InterruptOptions

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard jobs ?? 1 > 0 else { throw ValidationError("--jobs must be positive") }
    }

    func run() throws {
        var study = try StudyDescription(contentsOf: file)
        if let data { study.data = data.path }
        if let jobs { study.jobs = jobs }
        let folder = StudyFolder(folder ?? URL(fileURLWithPath: "runs/\(study.name)"))
        let runner = try StudyRunner(
            study, data: TrajectoryStore(URL(fileURLWithPath: study.data)), folder: folder,
            device: Device(named: device), progress: output.progress(),
            stop: dryRun ? StopRequest() : interrupts.listen())
        guard !dryRun else { return try show(runner) }
        // Whoever started us may ignore the ends of children, and we would too; we want to know how ours end.
        signal(SIGCHLD, SIG_DFL)
        let failures = try runner.run()
        try output.show(StudySummary(StudyResults(folder)).table())
        output.say("rows:   \(folder.results.path)\nreport: \(folder.report.path)")
        guard failures.isEmpty else {
            for failure in failures {
                FileHandle.standardError.write(Data("m3dt: \(failure.run): \(failure.reason)\n".utf8))
            }
            throw StudyError.cellsFailed(failed: failures.count, of: runner.plan.cells.count)
        }
    }

    private func show(_ runner: StudyRunner) throws {
        try output.show(runner.gridTable())
        let (all, left) = try runner.stepCounts()
        output.say(
            "\(runner.plan.cells.count) runs, \(NumberText.grouped(all)) optimiser steps, \(NumberText.grouped(left)) to go"
        )
    }
}

/// The command `study report`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct StudyReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the tables and the report of a study anew, of what is finished.")

    @Argument(help: "The folder of a study.")
    var folder: URL

    @OptionGroup var output: OutputOptions

    func run() throws {
        let study = StudyFolder(folder)
        guard FileManager.default.fileExists(atPath: study.grid.path) else {
            throw StudyError.noStudy(folder: folder.path)
        }
        try output.show(StudyReport.write(study).table())
        output.say("report: \(study.report.path)")
    }
}
