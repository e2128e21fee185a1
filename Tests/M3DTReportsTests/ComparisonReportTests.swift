import Foundation
import Testing

@testable import M3DTReports

@Suite struct ComparisonReportTests {
    private let quick = Bootstrap(replicates: 50)

    private func results(_ counts: [(String, Int)], seeds: [UInt64] = [0, 1, 2]) -> EvaluationResults {
        EvaluationResults(runs: seeds.map { SampleRun(tasksPerDomain: counts, seeds: [$0]).records() })
    }

    @Test func oneSetGivesATableAndPlots() throws {
        let report = ComparisonReport(
            title: "Demo", evaluations: [results([("cheetah-vel", 4), ("ant-dir", 3)])], bootstrap: quick)
        #expect(report.focus == "M3DT")
        let table = try report.table()
        #expect(table.columns.map(\.title) == ["method", "tasks", "mean", "IQM", "cheetah-vel", "ant-dir"])
        #expect(table.rows.map { $0[0] } == ["untrained", "PromptDT", "M3DT"])
        let html = try report.report().html
        #expect(StrictMarkup(html).failure == nil)
        for title in ["Mean score by domain", "Performance profile", "Score by task", "Probability that M3DT beats …"] {
            #expect(html.contains(title), "\(title) is missing")
        }
        #expect(!html.contains("Score against the number of tasks"))
    }

    @Test func severalSetsGiveACurveOverTheNumberOfTasks() throws {
        let report = ComparisonReport(
            title: "Study", evaluations: [results([("ant-dir", 6)]), results([("ant-dir", 2)])], focus: "PromptDT",
            bootstrap: quick)
        #expect(report.entries.map(\.name) == ["2 tasks", "6 tasks"])
        #expect(try report.table().columns.map(\.title) == ["method", "2 tasks", "6 tasks"])
        let chart = try report.scalingChart()
        #expect(chart.series.map { $0.points.map(\.x) } == [[2, 6], [2, 6], [2, 6]])
        #expect(try report.report().sections.map(\.title) == ["Scale", "Scores on 6 tasks", "Scores on 2 tasks"])
        #expect(try report.report().html.contains("Probability that PromptDT beats …"))
    }

    @Test func filesOfDifferentMethodsComeTogether() throws {
        try withTemporaryFolder { folder in
            let records = SampleRun(tasksPerDomain: [("ant-dir", 3)]).records()
            let files = try ["untrained", "M3DT"].map { method in
                let url = folder.appendingPathComponent("\(method).csv")
                try EvaluationRecord.write(records.filter { $0.method == method }, to: url)
                return url
            }
            let report = try ComparisonReport(title: "Two", files: files, bootstrap: quick)
            #expect(report.entries.count == 1)
            #expect(try report.table().rows.map { $0[0] } == ["untrained", "M3DT"])
            let out = folder.appendingPathComponent("comparison.html")
            try report.write(to: out)
            #expect(StrictMarkup(try text(of: out)).failure == nil)
        }
    }

    @Test func nothingToCompareIsSaid() throws {
        let report = ComparisonReport(title: "None", evaluations: [])
        #expect(try report.report().html.contains("No episode was evaluated"))
        #expect(try report.table().rows.isEmpty)
    }

    @Test func aTaskThatAMethodLacksIsNamed() throws {
        var records = SampleRun(tasksPerDomain: [("ant-dir", 3)]).records()
        records.removeAll { $0.method == "M3DT" && $0.task == "ant-dir-01" }
        let results = EvaluationResults(runs: [records])
        let html = try ComparisonReport(title: "Gap", evaluations: [results], bootstrap: quick).report().html
        #expect(html.contains("M3DT was not evaluated on 1 of 3 tasks (ant-dir-01)"))
        #expect(results.sharedTasks(["M3DT", "PromptDT"]) == ["ant-dir-00", "ant-dir-02"])
    }

    @Test func scoresAreMeansOverRunsAndTheSentenceSaysSo() throws {
        func record(_ seed: UInt64, _ episode: Int, _ score: Double) -> EvaluationRecord {
            EvaluationRecord(
                method: "m", task: "t", domain: "d", seed: seed, episode: episode, episodeReturn: 0, succeeded: false,
                score: score, steps: 1)
        }
        let several = EvaluationResults(runs: [[record(0, 0, 10), record(1, 1, 30)], [record(0, 0, 60)]])
        #expect(several.unit == .trainingRuns)
        #expect(try several.strata("m")?.tasks == [[20, 60]])
        #expect(several.mean("m", task: "t") == 40)
        // Seeds of an evaluation are no runs of a training.
        let single = EvaluationResults(runs: [[record(0, 0, 10), record(1, 1, 30)]])
        #expect(single.unit == .episodes)
        #expect(try single.strata("m")?.tasks == [[10, 30]])
        #expect(single.unitSentence.contains("not covered"))
        #expect(try single.strata("other") == nil)
        #expect(single.mean("m", task: "other") == nil)
    }
}
