import Foundation
import Testing

@testable import M3DTReports

@Suite struct RunReportTests {
    private let quick = Bootstrap(replicates: 50)

    @Test func aWholeRunBecomesAWellFormedReport() throws {
        try withTemporaryFolder { folder in
            let sample = SampleRun()
            try sample.write(to: folder)
            let url = try RunReport.write(runFolder: folder, bootstrap: quick)
            #expect(url.lastPathComponent == "report.html")
            let page = StrictMarkup(try text(of: url))
            #expect(page.failure == nil)
            let sections = try RunReport(runFolder: folder, bootstrap: quick).report.sections.map(\.title)
            #expect(
                sections == [
                    "Summary", "Scores", "Training", "Gradient conflict", "Groups of tasks", "Gates", "Rollouts",
                    "Configuration",
                ])
            // Score plots 3, loss 3, norm 3, conflict 2, gates 1.
            #expect(page.count("svg") == 12)
            #expect(page.count("img") == 4)
            for task in sample.tasks { #expect(page.text.contains(task.name)) }
            for word in ["gradient", "inertia", "0.8231", "torch.version", "batchSize: 16", "M3DT, mean score"] {
                #expect(page.text.contains(word), "\(word) is missing")
            }
            #expect(!page.text.contains("Not in this run"))
        }
    }

    @Test func routersThatCollapsedAreWarnedOf() throws {
        try withTemporaryFolder { folder in
            try SampleRun().write(to: folder)
            let warning = "the routers collapsed"
            #expect(!(try RunReport(runFolder: folder, bootstrap: quick).report.html.contains(warning)))
            try CSVTable(
                columns: ["task", "expert-0", "expert-1"],
                rows: [["ant-dir-00", "0.9", "0.1"], ["ant-dir-01", "0.9", "0.1"]]
            ).write(to: folder.appendingPathComponent("gates.csv"))
            #expect(try RunReport(runFolder: folder, bootstrap: quick).report.html.contains(warning))
        }
    }

    @Test func theSameFolderGivesTheSameBytes() throws {
        try withTemporaryFolder { folder in
            try SampleRun().write(to: folder)
            let first = try RunReport(runFolder: folder, bootstrap: quick).report.html
            #expect(try RunReport(runFolder: folder, bootstrap: quick).report.html == first)
        }
    }

    @Test func whatIsMissingIsNamed() throws {
        try withTemporaryFolder { folder in
            try writeAtomically(Data("width: 8\n".utf8), to: folder.appendingPathComponent("config.yaml"))
            let report = try RunReport(runFolder: folder, bootstrap: quick).report
            #expect(report.sections.map(\.title) == ["Summary", "Configuration"])
            for part in ["metrics.jsonl", "evaluation", "grouping.json", "gates.csv", "pictures", "versions.json"] {
                #expect(report.html.contains("Not in this run: \(part)"), "\(part) is not named")
            }
            #expect(!report.html.contains("Not in this run: config.yaml"))
        }
    }

    @Test func aFolderThatIsNoRunIsRefused() throws {
        try withTemporaryFolder { folder in
            #expect(throws: ReportError.notARun(folder: folder.path)) { try RunReport(runFolder: folder) }
        }
    }

    @Test(arguments: [
        ("grouping.json", "{", "not a JSON document"),
        ("grouping.json", "{\"method\":\"x\"}", "no list named experts"),
        ("grouping.json", "{\"experts\":[3]}", "not a list of task names"),
        ("gates.csv", "name,expert-0\na,1\n", "no column named task"),
        ("gates.csv", "task\na\n", "no column named expert-0"),
        ("gates.csv", "task,expert-0\na,nan\n", "not a finite number"),
        ("metrics.jsonl", "nonsense\n{}\n", "line 1"),
        ("evaluation/a.csv", "method,task\nx,y\n", "no column named domain"),
        ("pictures/a.png", "GIF89a", "not a PNG picture"),
        ("versions.json", "[", "not a JSON document"),
    ])
    func brokenFilesAreErrorsThatNameTheFile(name: String, contents: String, message: String) throws {
        try withTemporaryFolder { folder in
            try SampleRun(seeds: [0], episodes: 1, steps: 10).write(to: folder)
            try writeAtomically(Data(contents.utf8), to: folder.appendingPathComponent(name))
            let error = #expect(throws: ReportError.self) { try RunReport(runFolder: folder, bootstrap: quick) }
            #expect(error?.description.contains(message) == true)
            #expect(error?.description.contains(folder.appendingPathComponent(name).lastPathComponent) == true)
        }
    }

    @Test func manyExpertsShareOneCurve() throws {
        try withTemporaryFolder { folder in
            try SampleRun(tasksPerDomain: [("ant-dir", 12)], experts: 12, steps: 20).write(to: folder)
            let html = try RunReport(runFolder: folder, bootstrap: quick).report.html
            #expect(html.contains("Training loss, 12 experts, mean and range"))
            #expect(!html.contains("Training loss, experts<"))
        }
    }

    @Test func aStageThatLooksForItsConflictPeakSaysWhereItWas() throws {
        try withTemporaryFolder { folder in
            let log = try MetricsLog(at: folder.appendingPathComponent("metrics.jsonl"))
            for (step, average) in [(1000, -0.1), (2000, -0.05), (3000, -0.07)] {
                let values = [
                    "conflict/mlp_cosine": 0.08, "conflict/average": average,
                    "conflict/peak_step": min(Double(step), 2000),
                ]
                try log.record(MetricsRecord(stage: "backbone", step: step, wallSeconds: 1, values: values))
            }
            let html = try RunReport(runFolder: folder, bootstrap: quick).report.html
            #expect(html.contains("was highest at step 2,000; the stage ended after step 3,000."), "\(html)")
            #expect(html.contains("MLP, averaged"))
        }
    }

    @Test func stagesStandInOrder() {
        let stages = ["router", "expert-10", "expert-9", "backbone", "other"]
        let records = stages.map { MetricsRecord(stage: $0, step: 1, wallSeconds: 1, values: ["a": 1]) }
        #expect(MetricsCurves(records).stages == ["backbone", "expert-9", "expert-10", "router", "other"])
    }

    @Test func expertsAreSummarisedByMeanAndRange() {
        let records = [("expert-0", 1.0), ("expert-1", 3.0)].map {
            MetricsRecord(stage: $0.0, step: 5, wallSeconds: 1, values: ["a": $0.1])
        }
        let points = MetricsCurves(records).summarised("a", ["expert-0", "expert-1"])
        #expect(points == [.init(5, 2, band: 1...3)])
    }

    @Test func missingMeasurementsAreCountedAndLeftOut() throws {
        try withTemporaryFolder { folder in
            let log = try MetricsLog(at: folder.appendingPathComponent("metrics.jsonl"), nonFinite: .keep)
            for (step, value) in [(1, 1.0), (2, Double.nan), (3, 0.5)] {
                try log.record(
                    MetricsRecord(
                        stage: "backbone", step: step, wallSeconds: 1, values: ["training/train_loss_mean": value]))
            }
            let html = try RunReport(runFolder: folder, bootstrap: quick).report.html
            #expect(html.contains("1 values of training/train_loss_mean are not finite"))
        }
    }

    /// Set `M3DT_SAMPLE_RUN` to a folder to keep a large sample there and look at it.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["M3DT_SAMPLE_RUN"] != nil))
    func sampleToLookAt() throws {
        guard let path = ProcessInfo.processInfo.environment["M3DT_SAMPLE_RUN"] else { return }
        let folder = URL(fileURLWithPath: path)
        try SampleRun(
            tasksPerDomain: [("cheetah-vel", 40), ("ant-dir", 40), ("metaworld", 50), ("dmcontrol", 30)], experts: 24,
            pictureWidth: 320
        ).write(to: folder)
        try RunReport.write(runFolder: folder, bootstrap: Bootstrap(replicates: 200))
        let small = SampleRun(tasksPerDomain: [("ant-dir", 10)]).records()
        let middle = SampleRun(tasksPerDomain: [("ant-dir", 10), ("cheetah-vel", 30)]).records()
        try ComparisonReport(
            title: "Comparison", evaluations: [small, middle].map { EvaluationResults(runs: [$0]) },
            bootstrap: Bootstrap(replicates: 200)
        ).write(to: folder.appendingPathComponent("comparison.html"))
    }
}
