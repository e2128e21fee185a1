import Foundation
import M3DT
import M3DTReports
import Testing

/// A tiny grid on real tasks, through the program.
@Suite(.serialized) struct StudyTests {
    private static let study = """
        name: tiny
        data: data
        tasks: [2, {name: three, tasks: 3, seeds: [0]}]
        seeds: [0, 1]
        set:
          model: {width: 16, layers: 1, heads: 2, contextSteps: 3, promptSteps: 2}
          backbone: {steps: STEPS, warmUpSteps: 2, conflictEvery: 4, logEvery: 5}
          experts: {steps: 4, warmUpSteps: 2, logEvery: 2}
          router: {steps: 6, warmUpSteps: 2, logEvery: 2}
          grouping: {experts: 2, batches: 1}
          data: {rows: 4}
        evaluation: {episodes: 1, seeds: [0]}
        methods: [demo-promptdt, demo-random, {recipe: demo, label: Ours}]
        jobs: 2
        """
    private static let runs = ["promptdt", "m3dt-random", "ours"].flatMap { method in
        ["2--seed0", "2--seed1", "three--seed0"].map { "\(method)--\($0)" }
    }

    /// Collects data of three tasks and writes the study.
    private func prepare(_ change: (String) -> String = { $0 }, steps: Int = 10) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let tasks = ["ant-dir-00", "cheetah-vel-30", "cheetah-vel-31"]
        let result = try Program.run(
            ["data", "collect", "--quiet", "--tasks"] + tasks + ["--episodes", "4", "--data", "data"], in: folder.url)
        #expect(result.code == 0, "\(result.errors)")
        try change(Self.study.replacing("STEPS", with: "\(steps)"))
            .write(toFile: folder.path("study.yaml"), atomically: true, encoding: .utf8)
        return folder
    }

    private func study(
        _ options: [String] = [], in folder: TemporaryFolder, signal: Int32 = SIGKILL, after seconds: Double? = nil,
        onceThereAre files: [String] = []
    ) throws -> Program.Result {
        try Program.run(
            ["study", "study.yaml", "--run", "study"] + options, in: folder.url, signal: signal, after: seconds,
            onceThereAre: files.map { folder.url.appendingPathComponent($0) })
    }

    private func dates(_ folder: TemporaryFolder, _ name: String) throws -> [Date] {
        try Self.runs.map {
            let path = folder.path("study/cells/\($0)/\(name)")
            return try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast
        }
    }

    @Test func aGridBecomesTablesAndAReportAndIsNotDoneTwice() throws {
        let folder = try prepare()
        let dry = try study(["--dry-run"], in: folder)
        #expect(dry.code == 0 && dry.output.contains("9 runs"), "\(dry.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("study")))

        let first = try study(in: folder)
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.errors.contains("[9/9]") && first.output.contains("Ours"), "\(first.errors)")
        let study = StudyFolder(folder.url.appendingPathComponent("study"))
        let rows = try CSVTable(contentsOf: study.results).rows
        #expect(rows.count == 3 * (2 * 2 + 3))
        #expect(Set(rows.map { $0[0] }) == ["PromptDT", "M3DT-Random", "Ours"])
        #expect(try CSVTable(contentsOf: study.summary).rows.count == 6)
        let page = try String(contentsOf: study.report, encoding: .utf8)
        for title in ["Score against the number of tasks", "Agreement of task gradients", "Ours, 2 tasks, seed 0"] {
            #expect(page.contains(title), "\(title) is missing")
        }
        // Only policies are kept; PromptDT takes as many steps as a backbone here, and all three have its measurements.
        for run in Self.runs {
            #expect(FileManager.default.fileExists(atPath: folder.path("study/cells/\(run)/policy/policy.json")))
            #expect(!FileManager.default.fileExists(atPath: folder.path("study/cells/\(run)/backbone")))
        }
        let logs = try ["promptdt", "ours"].map { method in
            try MetricsLog.read(URL(filePath: folder.path("study/cells/\(method)--2--seed0/metrics.jsonl")))
                .filter { $0.stage == "backbone" }
        }
        #expect(logs[0] == logs[1] && logs[0].contains { $0.values["conflict/mlp_cosine"] != nil })

        let before = try dates(folder, "policy/policy.json") + dates(folder, "evaluation/episodes.csv")
        let second = try self.study(in: folder)
        #expect(second.code == 0 && second.errors.contains("9 of 9 runs were finished before"), "\(second.errors)")
        #expect(try dates(folder, "policy/policy.json") + dates(folder, "evaluation/episodes.csv") == before)
        #expect(try CSVTable(contentsOf: study.results).rows == rows)

        // What was taken over is what the run would have trained itself, bit for bit.
        let alone = Self.study.replacing("STEPS", with: "10").replacing("[demo-promptdt, demo-random, ", with: "[")
            .replacing("name: three, tasks: 3", with: "name: three, tasks: 2").replacing(
                "seeds: [0, 1]", with: "seeds: [0]")
        try alone.write(toFile: folder.path("alone.yaml"), atomically: true, encoding: .utf8)
        #expect(try Program.run(["study", "alone.yaml", "--run", "alone"], in: folder.url).code == 0)
        for file in ["grouping.json", "policy/weights.safetensors", "evaluation/episodes.csv"] {
            let files = ["study", "alone"].map { folder.path("\($0)/cells/ours--2--seed0/\(file)") }
            #expect(
                try Data(contentsOf: URL(filePath: files[0])) == Data(contentsOf: URL(filePath: files[1])), "\(file)")
        }

        // The report alone, and another study in the same folder.
        try FileManager.default.removeItem(at: study.report)
        let reported = try Program.run(["study", "report", "study"], in: folder.url)
        #expect(reported.code == 0, "\(reported.errors)")
        #expect(try String(contentsOf: study.report, encoding: .utf8) == page)
        try Self.study.replacing("STEPS", with: "11")
            .write(toFile: folder.path("study.yaml"), atomically: true, encoding: .utf8)
        let other = try self.study(in: folder)
        #expect(other.code == 65 && other.errors.contains("11"), "\(other.errors)")
    }

    @Test func aKilledStudyGivesTheSameScores() throws {
        let folder = try prepare(steps: 120)
        #expect(try study(in: folder).code == 0)
        let whole = try scores(in: folder)
        try FileManager.default.moveItem(atPath: folder.path("study"), toPath: folder.path("whole"))
        var kills = 0
        for attempt in 0..<8 {
            let result = try study(in: folder, after: 1.5 + 0.4 * Double(attempt % 5))
            if !result.wasKilled { break }
            kills += 1
        }
        #expect(kills > 0, "the study was too fast to be killed")
        #expect(try study(in: folder).code == 0)
        #expect(try scores(in: folder) == whole)
    }

    /// All columns but the seconds.
    private func scores(in folder: TemporaryFolder) throws -> [[String]] {
        try CSVTable(contentsOf: StudyFolder(folder.url.appendingPathComponent("study")).results).rows
            .map { Array($0.dropLast()) }
    }

    @Test func aStopSavesAllRunsAndLeavesNoProcess() throws {
        let folder = try prepare(steps: 1_000_000)
        let going = ["promptdt--2--seed0", "promptdt--2--seed1"]
        let stopped = try study(
            in: folder, signal: SIGINT, onceThereAre: going.map { "study/cells/\($0)/metrics.jsonl" })
        #expect(stopped.code == 75 && stopped.errors.contains("again"), "\(stopped.errors)")
        // The runs that were going on have saved; those that can take over a backbone had to wait for it.
        for run in going {
            let checkpoint = folder.path("study/cells/\(run)/backbone/checkpoint.safetensors")
            #expect(FileManager.default.fileExists(atPath: checkpoint), "\(run)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("study/cells/m3dt-random--2--seed0")))
        // A process that was left would keep the lock.
        let lock = open(folder.path("study/.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        close(lock)
        // Runs may not be ready to save yet, or the study not yet listening.
        let early = try study(in: folder, signal: SIGINT, after: 1.5)
        #expect(early.wasKilled || early.code == 75 && !early.errors.contains("FAILED"), "\(early.errors)")
    }

    @Test func aRunThatFailsIsNamedAndDoesNotStopTheOthers() throws {
        let folder = try prepare {
            $0.replacing("label: Ours", with: "label: Ours, set: {backbone.learningRate: -1}")
                .replacing("jobs: 2", with: "jobs: 2\nkeep: scores")
        }
        let result = try study(in: folder)
        #expect(result.code == 70, "\(result.errors)")
        #expect(result.errors.contains("3 of 9 runs failed"), "\(result.errors)")
        #expect(result.errors.contains("m3dt: ours--2--seed0: ") && result.errors.contains("learningRate"))
        let rows = try CSVTable(contentsOf: StudyFolder(folder.url.appendingPathComponent("study")).results).rows
        #expect(rows.count == 2 * (2 * 2 + 3))
        // No weights are kept here, and the report needs none.
        #expect(!FileManager.default.fileExists(atPath: folder.path("study/cells/promptdt--2--seed0/policy")))
        #expect(try Program.run(["study", "report", "study"], in: folder.url).code == 0)
    }

    @Test(
        arguments: [
            (["study", "nowhere.yaml"], 66, "nowhere.yaml"), (["study", "study.yaml"], 66, "nodata"),
            (["study", "wrong.yaml"], 78, "seeds"), (["study", "report", "nowhere"], 66, "nowhere"),
            (["study", "study.yaml", "--jobs", "0"], 64, "--jobs"),
        ] as [([String], Int32, String)])
    func badInputHasACodeAndAName(arguments: [String], code: Int32, mention: String) throws {
        let folder = try TemporaryFolder()
        let head = "name: a\ndata: nodata\nmethods: demo\ntasks: 2\n"
        try head.write(toFile: folder.path("study.yaml"), atomically: true, encoding: .utf8)
        try (head + "sedes: 1").write(toFile: folder.path("wrong.yaml"), atomically: true, encoding: .utf8)
        let result = try Program.run(arguments, in: folder.url)
        #expect(result.code == code && result.errors.contains(mention), "\(arguments): \(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }
}
