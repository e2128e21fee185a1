import Foundation
import M3DT
import M3DTData
import M3DTRanks
import M3DTReports
import M3DTTraining
import Testing

/// Whole runs whose experts are trained together.
@Suite struct TogetherTests {
    private func recipe(_ change: (inout Recipe) -> Void = { _ in }) throws -> Recipe {
        var recipe = try TinyRun.recipe("demo")
        (recipe.grouping.experts, recipe.experts.together) = (3, 2)
        recipe.experts.logEvery = 2
        change(&recipe)
        return recipe
    }

    private func train(
        _ recipe: Recipe, _ data: TrajectoryStore, _ run: RunFolder, _ stages: [StageKind] = [], again: Bool = false,
        stop: StopRequest = StopRequest(), ranks: any RankGroup = OneProcess()
    ) throws -> StageOutcome {
        try Pipeline(
            recipe: recipe, data: RunData([data]), run: run, progress: ProgressDisplay(style: .quiet), stop: stop,
            ranks: ranks
        ).train(stages, again: again)
    }

    private func experts(_ run: RunFolder) throws -> [Data] {
        try (0..<3).map {
            try Data(contentsOf: run.experts.appendingPathComponent("\($0)/weights.safetensors"))
        }
    }

    @Test func aRunIsTrainedStoppedGoneOnWithAndTrainedAgain() throws {
        let folder = try TemporaryFolder()
        let (recipe, data) = (try recipe(), try TinyRun.store(in: folder))
        let whole = RunFolder(folder.url.appendingPathComponent("whole"))
        #expect(try train(recipe, data, whole) == .finished)
        #expect(try FileManager.default.contentsOfDirectory(atPath: whole.experts.path).sorted() == ["0", "1", "2"])
        let records = try MetricsLog.read(whole.metrics).filter { $0.stage.hasPrefix("expert") }
        #expect(
            Set(records.map { "\($0.stage) \($0.step)" })
                == Set((0..<3).flatMap { ["expert-\($0) 2", "expert-\($0) 4"] }) && records.count == 6)

        let halved = RunFolder(folder.url.appendingPathComponent("halved"))
        for _ in 0..<8 {
            let stop = StopRequest()
            stop.request()
            #expect(try train(recipe, data, halved, stop: stop) != .finished)
        }
        #expect(try train(recipe, data, halved) == .finished)
        #expect(try experts(whole) == experts(halved))
        #expect(try TinyRun.weights(whole) == TinyRun.weights(halved))
        let resumed = try MetricsLog.read(halved.metrics).filter { $0.stage.hasPrefix("expert") }
        #expect(resumed.map(\.stage) == records.map(\.stage) && resumed.map(\.step) == records.map(\.step))

        let before = try experts(whole)
        #expect(try train(recipe, data, whole, [.experts], again: true) == .finished)
        #expect(try experts(whole) == before)
    }

    @Test func ranksAreDealtGroups() throws {
        let folder = try TemporaryFolder()
        let (recipe, data) = (try recipe(), try TinyRun.store(in: folder))
        let one = RunFolder(folder.url.appendingPathComponent("one"))
        _ = try train(recipe, data, one, [.backbone, .group])
        let two = RunFolder(folder.url.appendingPathComponent("two"))
        try FileManager.default.copyItem(at: one.url, to: two.url)
        _ = try train(recipe, data, one, [.experts])
        let outcomes = try ThreadRanks.run(2) { try train(recipe, data, two, [.experts], ranks: $0) }
        #expect(outcomes == [.finished, .finished])
        #expect(try experts(two) == experts(one))
    }

    @Test func anotherNumberIsRefusedBeforeAnythingIsTrained() throws {
        let folder = try TemporaryFolder()
        let data = try TinyRun.store(in: folder)
        let run = RunFolder(folder.url.appendingPathComponent("run"))
        for together in [0, 4] {
            #expect(throws: TrainingError.self) { try train(recipe { $0.experts.together = together }, data, run) }
        }
        #expect(throws: TrainingError.self) { try train(recipe { $0.mixture.expert.form = .attention }, data, run) }
        #expect(!run.isRun)
        _ = try train(recipe(), data, run, [.backbone])
        #expect(throws: RunError.self) { try train(recipe { $0.experts.together = 1 }, data, run) }
    }
}
