import Foundation
import Testing

@testable import M3DTReports

@Suite struct StudyReportTests {
    private let quick = Bootstrap(replicates: 50)

    /// Two methods, two seeds and two tasks with scores to reckon with by hand.
    private func writeByHand(to url: URL, secondSeed: Bool = true) throws -> StudyFolder {
        let folder = StudyFolder(url)
        // For each method and seed the scores of two episodes of task a, then of task b.
        let scores: [(String, Int?, UInt64, [Double])] = [
            ("base", nil, 0, [10, 30, 60, 60]), ("base", nil, 1, [40, 40, 80, 80]),
            ("ours", 4, 0, [30, 30, 90, 90]), ("ours", 4, 1, [20, 60, 50, 70]),
        ]
        let runs = scores.map { method, experts, seed, _ in
            StudyRun(
                folder: "\(method)-\(seed)", method: method, family: method, experts: experts, set: "2", taskCount: 2,
                seed: seed, steps: 100)
        }
        try writeAtomically(
            JSONEncoder().encode(StudyGrid(name: "hand", baseline: "base", runs: runs)), to: folder.grid)
        for (run, scores) in zip(runs, scores.map(\.3)) where secondSeed || run.seed == 0 {
            let records = scores.enumerated().map { index, score in
                EvaluationRecord(
                    method: "as trained", task: index < 2 ? "a" : "b", domain: index < 2 ? "d" : "e", seed: 5,
                    episode: index % 2, episodeReturn: score * 10, succeeded: score > 50, score: score, steps: 3)
            }
            try EvaluationRecord.write(
                records, to: folder.cell(run).appendingPathComponent("evaluation/episodes.csv"))
            let cost = StudyCost(parameters: 7, trainingSeconds: run.seed == 0 ? 10 : 20)
            try writeAtomically(JSONEncoder().encode(cost), to: folder.cost(run))
        }
        return folder
    }

    @Test func everyTaskSeedAndMethodHasARow() throws {
        try withTemporaryFolder { url in
            let table = try StudyResults(writeByHand(to: url)).table()
            #expect(
                table.columns == [
                    "method", "experts", "set", "task_count", "seed", "task", "domain", "score", "return", "success",
                    "episodes", "parameters", "steps", "training_seconds",
                ])
            #expect(table.rows.count == 8)
            #expect(
                table.rows[0] == [
                    "base", "", "2", "2", "0", "a", "d", "20.0", "200.0", "0.0", "2", "7", "100", "10.0",
                ])
            #expect(
                table.rows[7] == [
                    "ours", "4", "2", "2", "1", "b", "e", "60.0", "600.0", "0.5", "2", "7", "100", "20.0",
                ])
        }
    }

    @Test func theSummaryIsWhatOneReckonsByHand() throws {
        try withTemporaryFolder { url in
            let summary = try StudySummary(StudyResults(writeByHand(to: url)), bootstrap: quick)
            let entries = try #require(summary.sets.first).entries
            // base: a 20, 40, b 60, 80; ours: a 30, 40, b 90, 60.
            #expect(entries.map(\.mean.value) == [50, 55])
            #expect(entries.map(\.interquartileMean.value) == [50, 50])
            // On a, 30 beats 20 and loses to 40, 40 beats 20 and is even; on b, 90 wins twice, 60 is even and loses.
            #expect(entries[0].improvement == nil && entries[1].improvement?.value == (2.5 / 4 + 2.5 / 4) / 2)
            for entry in entries { #expect(entry.mean.lower < entry.mean.value && entry.mean.value < entry.mean.upper) }
            #expect(entries[1].mean.lower >= 45 && entries[1].mean.upper <= 65, "runs are drawn inside their tasks")
            #expect(entries.map(\.seeds) == [2, 2] && entries.map(\.trainingSeconds) == [15, 15])
            let rows = try summary.rows()
            #expect(rows.rows.count == 2)
            #expect(Array(rows.rows[1].prefix(6)) == ["ours", "4", "2", "2", "2", "55.0"])
            #expect(rows.rows[1][11] == "0.625" && rows.rows[0][11] == "" && rows.rows[1][14] == "seeds")
        }
    }

    @Test func aSingleSeedHasIntervalsOverEpisodes() throws {
        try withTemporaryFolder { url in
            let folder = try writeByHand(to: url, secondSeed: false)
            let summary = try StudyReport.write(folder, bootstrap: quick)
            #expect(try summary.rows().rows.map { $0[14] } == ["episodes", "episodes"])
            #expect(summary.sets[0].entries.map(\.mean.value) == [40, 60])
            let page = try text(of: folder.report)
            #expect(page.contains("2 of 4 runs are finished"))
            #expect(page.contains("how much training runs differ is not covered"))
        }
    }

    @Test func theReportHoldsEveryPlot() throws {
        try withTemporaryFolder { url in
            let folder = try SampleStudy().write(to: url)
            try StudyReport.write(folder, bootstrap: quick)
            let page = StrictMarkup(try text(of: folder.report))
            #expect(page.failure == nil)
            for title in [
                "Score against the number of tasks", "IQM against the number of tasks",
                "Score against the number of experts, 10 tasks", "Score against the number of experts, 40 tasks",
                "PromptDT, for comparison", "Interquartile mean", "Probability of improvement over PromptDT",
                "Mean score by domain", "Performance profile", "Agreement of task gradients, 10 tasks",
                "Pairs of tasks in conflict, 40 tasks", "M3DT-Gradient N=4, 10 tasks, seed 0", "optimiser steps",
                "name: sample",
            ] { #expect(page.text.contains(title), "\(title) is missing") }
            // 2 over tasks, 2 over experts, 5 for each set, 2 of conflict for each set, 5 gates for each set.
            #expect(page.count("svg") == 2 + 2 + 2 * 5 + 2 * 2 + 2 * 5)
            #expect(!page.text.contains("runs are finished; what follows"))
            #expect(try CSVTable(contentsOf: folder.results).rows.count == 7 * 2 * (10 + 40))
            #expect(try CSVTable(contentsOf: folder.summary).rows.count == 14)
        }
    }

    @Test func equalCurvesOfConflictShareALine() throws {
        try withTemporaryFolder { url in
            let folder = try SampleStudy(sets: [("10", 10)]).write(to: url)
            let study = try StudyResults(folder)
            let blocks = try StudyReport(study, StudySummary(study, bootstrap: quick), bootstrap: quick).conflict()
            // All sample runs log the same numbers.
            let names = SampleStudy().methods.map(\.name).joined(separator: ", ")
            guard case .figures(let figures) = blocks.last else {
                Issue.record("no figures")
                return
            }
            #expect(figures.count == 2 && figures[0].description.contains("\(names): from"))
        }
    }

    @Test func aStudyWithoutFinishedRunsSaysSo() throws {
        try withTemporaryFolder { url in
            let sample = SampleStudy()
            let folder = try SampleStudy(unfinished: Set(sample.grid.runs.map(\.folder))).write(to: url)
            let summary = try StudyReport.write(folder, bootstrap: quick)
            #expect(try summary.table().rows.isEmpty)
            #expect(try text(of: folder.report).contains("None of 28 runs is finished"))
            #expect(try CSVTable(contentsOf: folder.results).rows.isEmpty)
        }
    }

    @Test func aBrokenFileIsAnErrorThatNamesIt() throws {
        try withTemporaryFolder { url in
            let folder = try writeByHand(to: url)
            try writeAtomically(Data("{".utf8), to: folder.cells.appendingPathComponent("base-0/cell.json"))
            let error = #expect(throws: ReportError.self) { try StudyReport.write(folder) }
            #expect(error?.description.contains("base-0/cell.json") == true)
            #expect(throws: ReportError.self) { try StudyReport.write(StudyFolder(url.appendingPathComponent("none"))) }
        }
    }

    /// Set `M3DT_SAMPLE_PLOTS` to a folder to keep the report of a sample study there and look at it.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["M3DT_SAMPLE_PLOTS"] != nil))
    func sampleToLookAt() throws {
        guard let path = ProcessInfo.processInfo.environment["M3DT_SAMPLE_PLOTS"] else { return }
        let url = URL(filePath: path).appendingPathComponent("study")
        try StudyReport.write(SampleStudy(sets: [("10", 10), ("40", 40), ("160", 160)]).write(to: url))
    }
}
