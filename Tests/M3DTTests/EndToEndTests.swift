import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTReports
import M3DTTasks
import Testing

/// Data, all stages, evaluation and report of two real tasks, through the program.
@Suite(.serialized) struct EndToEndTests {
    private static let recipe = """
        name: tiny
        model: {width: 16, layers: 2, heads: 2, contextSteps: 4, promptSteps: 2, stateWidth: 27, episodeSteps: 200}
        data: {rows: 4}
        backbone: {steps: 300, warmUpSteps: 5, checkpointEvery: 20, logEvery: 10, conflictEvery: 100}
        grouping: {experts: 2, batches: 1}
        experts: {steps: 60, warmUpSteps: 5, checkpointEvery: 20, logEvery: 10}
        router: {steps: 60, warmUpSteps: 5, checkpointEvery: 20, logEvery: 10}
        evaluation: {episodes: 2, seeds: [0]}
        """

    /// Collects data of two tasks and writes the recipe.
    private func prepare() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let result = try Program.run(
            [
                "data", "collect", "--quiet", "--tasks", "ant-dir-00", "cheetah-vel-30", "--episodes", "6", "--data",
                "data",
            ],
            in: folder.url)
        #expect(result.code == 0, "\(result.errors)")
        try Self.recipe.write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        return folder
    }

    private func train(
        _ run: String, in folder: TemporaryFolder, signal: Int32 = SIGKILL, after seconds: Double? = nil
    ) throws -> Program.Result {
        try Program.run(
            ["train", "--quiet", "--recipe", "recipe.yaml", "--data", "data", "--run", run], in: folder.url,
            signal: signal, after: seconds)
    }

    @Test func aRunGoesFromDataToReport() throws {
        let folder = try prepare()
        #expect(try Program.run(["data", "verify", "--data", "data"], in: folder.url).code == 0)
        #expect(try train("run", in: folder).code == 0)
        let evaluated = try Program.run(["evaluate", "--quiet", "--run", "run"], in: folder.url)
        #expect(evaluated.code == 0, "\(evaluated.errors)")
        #expect(evaluated.output.contains("mean of all tasks"))
        let reported = try Program.run(["report", "--run", "run"], in: folder.url)
        #expect(reported.code == 0, "\(reported.errors)")
        let run = RunFolder(folder.url.appendingPathComponent("run"))
        let page = try String(contentsOf: run.report, encoding: .utf8)
        for part in ["ant-dir-00", "cheetah-vel-30", "Gradient conflict"] { #expect(page.contains(part)) }
        #expect(try MetricsLog.read(run.metrics).contains { $0.values["conflict/mlp_cosine"] != nil })
        let rows = try EvaluationRecord.read(run.evaluation.appendingPathComponent("episodes.csv"))
        #expect(rows.count == 4)

        // The policy folder is all that acting needs.
        let policy = try M3DTPolicy(contentsOf: run.policy)
        let episode = try policy.start(task: "ant-dir-00")
        #expect(try episode.act(observation: Array(repeating: 0.1, count: 27), reward: 0).count == 8)

        // Trained again, nothing is left to do; another recipe and damaged data are refused.
        #expect(try train("run", in: folder).code == 0)
        try Self.recipe.replacing("steps: 300", with: "steps: 301")
            .write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        let other = try train("run", in: folder)
        #expect(other.code == 65 && other.errors.contains("301"), "\(other.errors)")
        let file = folder.path("data/ant-dir-00.safetensors")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.truncate(atOffset: 1000)
        try handle.close()
        let damaged = try Program.run(["data", "verify", "--data", "data"], in: folder.url)
        #expect(damaged.code == 65 && damaged.errors.contains("ant-dir-00"), "\(damaged.errors)")
    }

    @Test func aFinishedRunGetsTasksIsFineTunedAndPlaysHeldOutTasks() throws {
        let folder = try prepare()
        try Self.recipe.replacing("steps: 300", with: "steps: 60").replacing("episodes: 2,", with: "episodes: 1,")
            .write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        #expect(try train("run", in: folder).code == 0)
        func run(_ arguments: String...) throws -> Program.Result {
            let result = try Program.run(arguments + ["--quiet"], in: folder.url)
            #expect(result.code == 0, "\(arguments): \(result.errors)")
            return result
        }
        _ = try run("data", "collect", "--tasks", "ant-dir-05", "--episodes", "6", "--data", "later")
        let heldOut = try run("evaluate", "--run", "run", "--data", "later")
        #expect(heldOut.output.contains("ant-dir-05") && !heldOut.output.contains("ant-dir-00"))
        let records = try EvaluationRecord.read(folder.url.appendingPathComponent("run/evaluation/held-out.csv"))
        #expect(records.map(\.task) == ["ant-dir-05"])

        let added = try run("train", "add-tasks", "--from", "run", "--data", "data", "later", "--run", "more")
        for part in ["mean of old tasks", "mean of new tasks"] { #expect(added.output.contains(part)) }
        let changes = try CSVTable(contentsOf: folder.url.appendingPathComponent("more/changes.csv"))
        #expect(changes.rows.map { $0[0] } == ["ant-dir-00", "cheetah-vel-30", "ant-dir-05"])
        #expect(changes.rows.map { $0[1] } == ["true", "true", "false"])
        let before = try EvaluationRecord.read(folder.url.appendingPathComponent("more/evaluation/before.csv"))
        #expect(before.count == 3 && before.allSatisfy { $0.method == "tiny before" })

        let tuned = try run(
            "train", "fine-tune", "--from", "run", "--data", "later", "--episodes", "2", "--steps", "5", "--parts",
            "experts", "--run", "tuned")
        #expect(tuned.output.contains("ant-dir-05") && !tuned.output.contains("old tasks"))
        for name in ["more", "tuned"] { _ = try Program.run(["report", "--run", name], in: folder.url) }
        #expect(try Program.run(["evaluate", "--quiet", "--run", "tuned"], in: folder.url).code == 0)
        let again = try Program.run(
            ["train", "add-tasks", "--quiet", "--from", "run", "--data", "data", "--run", "none"], in: folder.url)
        #expect(again.code == 64 && again.errors.contains("all tasks of the data"), "\(again.errors)")
    }

    @Test func aKilledRunGivesTheSameWeightsBitForBit() throws {
        let folder = try prepare()
        #expect(try train("whole", in: folder).code == 0)
        var kills = 0
        for attempt in 0..<40 {
            let result = try train("killed", in: folder, after: 1.0 + 0.37 * Double(attempt % 5))
            if !result.wasKilled { break }
            kills += 1
        }
        #expect(kills > 0, "the run was too fast to be killed")
        #expect(try train("killed", in: folder).code == 0)
        for part in [
            "backbone/weights.safetensors", "grouping.json", "experts/0/weights.safetensors",
            "experts/1/weights.safetensors", "router/weights.safetensors", "policy/weights.safetensors",
        ] {
            let (one, other) = (folder.path("whole/\(part)"), folder.path("killed/\(part)"))
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: one)) == Data(contentsOf: URL(fileURLWithPath: other)),
                "\(part)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aStopSavesAndSaysHowToGoOn(signal: Int32) throws {
        let folder = try prepare()
        try Self.recipe.replacing("steps: 300", with: "steps: 100000")
            .replacing("checkpointEvery: 20, logEvery: 10, conflictEvery: 100", with: "checkpointEvery: 1000000")
            .write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)
        let stopped = try train("run", in: folder, signal: signal, after: 3)
        #expect(stopped.code == 75 && !stopped.wasKilled, "\(stopped.errors)")
        #expect(stopped.errors.contains("again"), "\(stopped.errors)")
        let checkpoint = folder.url.appendingPathComponent("run/backbone/checkpoint.safetensors")
        let first = try Data(contentsOf: checkpoint)
        // It goes on from there: stopped once more, the checkpoint is another one.
        #expect(try train("run", in: folder, signal: signal, after: 3).code == 75)
        #expect(try Data(contentsOf: checkpoint) != first)
        let steps = try MetricsLog.read(folder.url.appendingPathComponent("run/metrics.jsonl")).map(\.step)
        #expect(steps == steps.sorted() && Set(steps).count == steps.count, "a step was logged twice or is lost")
    }
}
