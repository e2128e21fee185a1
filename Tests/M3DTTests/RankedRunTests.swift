import Foundation
import M3DT
import M3DTData
import M3DTRanks
import M3DTReports
import M3DTTraining
import Testing

/// Whole runs that several ranks train; here they are threads.
@Suite struct RankedRunTests {
    private func train(
        _ recipe: Recipe, _ data: TrajectoryStore, _ run: RunFolder, ranks count: Int, _ stages: [StageKind] = [],
        stop: Bool = false
    ) throws -> [StageOutcome] {
        try ThreadRanks.run(count) { ranks in
            let request = StopRequest()
            // It is the last rank that is asked.
            if stop, ranks.rank == count - 1 { request.request() }
            return try Pipeline(
                recipe: recipe, data: RunData([data]), run: run, progress: ProgressDisplay(style: .quiet),
                stop: request, ranks: ranks
            ).train(stages)
        }
    }

    private func weights(_ folder: URL) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("weights.safetensors"))
    }

    /// The lines of a run's metrics without those of speed.
    private func metrics(_ run: RunFolder) throws -> Set<String> {
        Set(
            try MetricsLog.read(run.metrics).map { record in
                let names = record.values.keys.filter { !$0.hasPrefix("speed/") }.sorted()
                return "\(record.stage) \(record.step) " + names.joined(separator: " ")
            })
    }

    @Test(arguments: ["demo", "demo-single-task"])
    func ranksTrainEveryStageAndLeaveWhatOneProcessLeaves(name: String) throws {
        let folder = try TemporaryFolder()
        var (recipe, data) = (try TinyRun.recipe(name), try TinyRun.store(in: folder))
        recipe.grouping.experts = 3
        let one = RunFolder(folder.url.appendingPathComponent("one"))
        #expect(try train(recipe, data, one, ranks: 1) == [.finished])
        let two = RunFolder(folder.url.appendingPathComponent("two"))
        #expect(try train(recipe, data, two, ranks: 2) == [.finished, .finished])
        #expect(try metrics(two) == metrics(one))
        let files = try [one, two].map { try FileManager.default.subpathsOfDirectory(atPath: $0.url.path).count }
        #expect(files[0] == files[1])
    }

    @Test func expertsAreDealtOutAndHaveTheBitsOfOneProcess() throws {
        let folder = try TemporaryFolder()
        var (recipe, data) = (try TinyRun.recipe("demo"), try TinyRun.store(in: folder))
        recipe.grouping.experts = 3
        let one = RunFolder(folder.url.appendingPathComponent("one"))
        _ = try train(recipe, data, one, ranks: 1, [.backbone, .group])
        let two = RunFolder(folder.url.appendingPathComponent("two"))
        try FileManager.default.copyItem(at: one.url, to: two.url)
        _ = try train(recipe, data, one, ranks: 1, [.experts])
        // Stopped at the first step by the last rank, gone on with by three, finished by two.
        let stopped = try train(recipe, data, two, ranks: 2, [.experts], stop: true)
        #expect(stopped[0] == stopped[1])
        guard case .stopped(let stage, let step, let checkpoint) = stopped[0] else {
            Issue.record("\(stopped)")
            return
        }
        #expect(stage == "expert-1" && step == 1 && FileManager.default.fileExists(atPath: checkpoint.path))
        _ = try train(recipe, data, two, ranks: 3, [.experts], stop: true)
        #expect(try train(recipe, data, two, ranks: 2, [.experts]) == [.finished, .finished])
        for number in 0..<3 {
            let folders = [one, two].map { $0.experts.appendingPathComponent("\(number)") }
            #expect(try weights(folders[0]) == weights(folders[1]))
        }
        #expect(try metrics(two) == metrics(one))
    }

    @Test func whatAKilledRankHasMeasuredIsTakenOver() throws {
        let folder = try TemporaryFolder()
        let (recipe, data) = (try TinyRun.recipe("demo-promptdt"), try TinyRun.store(in: folder))
        let run = RunFolder(folder.url.appendingPathComponent("run"))
        _ = try train(recipe, data, run, ranks: 1)
        func record(_ step: Int, _ value: Double) -> MetricsRecord {
            MetricsRecord(stage: "expert-1", step: step, wallSeconds: 1, values: ["training/train_loss_mean": value])
        }
        let log = try MetricsLog(at: run.metrics)
        for step in 1...4 { try log.record(record(step, 1)) }
        let left = run.url.appendingPathComponent("metrics.rank-1.jsonl")
        let other = try MetricsLog(at: left)
        for step in 3...5 { try other.record(record(step, 2)) }
        _ = try train(recipe, data, run, ranks: 2)
        #expect(!FileManager.default.fileExists(atPath: left.path))
        let records = try MetricsLog.read(run.metrics).filter { $0.stage == "expert-1" }
        #expect(records == [record(1, 1), record(2, 1), record(3, 2), record(4, 2), record(5, 2)])
    }

    @Test(arguments: [["demo"], ["train", "add-tasks"], ["data", "collect"], ["evaluate"]])
    func aCommandOfOneProcessIsNotRunByTwo(command: [String]) throws {
        let options = command == ["demo"] ? [] : command[0] == "evaluate" ? ["--run", "r"] : ["--data", "d"]
        let more = command.last == "add-tasks" ? ["--from", "b", "--run", "r"] : []
        let folder = try TemporaryFolder()
        let result = try Program.run(
            command + options + more, in: folder.url, environment: ["OMPI_COMM_WORLD_SIZE": "2"])
        #expect(result.code == 64, "\(result.errors)")
        let name = (["m3dt"] + command).joined(separator: " ")
        #expect(result.errors.contains("\(name) is the work of one process, and 2 were started"))
    }

    #if !MPI
        @Test func aProgramWithoutMPISaysHowToBuildOneWith() throws {
            let folder = try TemporaryFolder()
            let result = try Program.run(
                ["train", "--recipe", "small", "--data", "d", "--run", "r"], in: folder.url,
                environment: ["PMI_SIZE": "2"])
            #expect(result.code == 69)
            #expect(result.errors.contains("--traits MPI"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
        }
    #endif
}
