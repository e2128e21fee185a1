import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTReports
import M3DTTasks
import M3DTTraining
import Testing

/// Every rival and every ablation goes the whole way: trained, stopped and resumed, saved in a policy folder, loaded, acting.
@Suite struct MethodConformanceTests {
    static let recipes = BuiltInRecipe.names.filter { $0.hasPrefix("demo") }

    @Test func aBackboneMayStopAtItsConflictPeakAndTheRunGoesOnFromThere() throws {
        let folder = try TemporaryFolder()
        var (recipe, data) = (try TinyRun.recipe("demo"), try TinyRun.store(in: folder))
        (recipe.backbone.steps, recipe.backbone.conflictEvery, recipe.backbone.checkpointEvery) = (60, 1, 1)
        recipe.backbone.stop = StopSection(rule: .conflictPeak, window: 1, patience: 2)
        let whole = RunFolder(folder.url.appendingPathComponent("whole"))
        #expect(try TinyRun.train(recipe, data, whole) == .finished)
        let end = try #require(try StageFolder(whole.backbone).readEnd())
        #expect(end.isByRule && end.step < 60)
        let policy = try M3DTPolicy(contentsOf: whole.policy)
        #expect(policy.description.origin["steps"] == "\(end.step + 2 * 4 + 4)")
        let measured = try MetricsLog.read(whole.metrics).filter { $0.values["conflict/average"] != nil }
        #expect(measured.last?.step == end.step)

        let halved = RunFolder(folder.url.appendingPathComponent("halved"))
        for _ in 0..<end.step {
            let stop = StopRequest()
            stop.request()
            #expect(try TinyRun.train(recipe, data, halved, stop: stop) != .finished)
        }
        #expect(try TinyRun.train(recipe, data, halved) == .finished)
        #expect(try TinyRun.weights(whole) == TinyRun.weights(halved))
    }

    @Test(arguments: recipes)
    func aMethodIsTrainedResumedSavedAndActs(name: String) throws {
        let folder = try TemporaryFolder()
        let (recipe, data) = (try TinyRun.recipe(name), try TinyRun.store(in: folder))
        let whole = RunFolder(folder.url.appendingPathComponent("whole"))
        #expect(try TinyRun.train(recipe, data, whole) == .finished)

        // Stopped after each of the first steps, then to the end.
        let halved = RunFolder(folder.url.appendingPathComponent("halved"))
        for _ in 0..<3 {
            let stop = StopRequest()
            stop.request()
            #expect(try TinyRun.train(recipe, data, halved, stop: stop) != .finished)
        }
        #expect(try TinyRun.train(recipe, data, halved) == .finished)
        #expect(try TinyRun.weights(whole) == TinyRun.weights(halved))

        let policies = try (0..<2).map { _ in try M3DTPolicy(contentsOf: whole.policy) }
        #expect(policies[0].description.method == recipe.name)
        for task in policies[0].tasks {
            let actions = try policies.map { policy in
                let episode = try policy.start(task: task.name)
                return try (0..<5).map { step in
                    let observation = (0..<task.observationWidth).map { 0.2 * Double($0 + step) }
                    return try episode.act(observation: observation, reward: 0.1)
                }
            }
            #expect(actions[0] == actions[1])
            #expect(actions[0].allSatisfy { $0.count == task.actionWidth })
            #expect(actions[0].joined().allSatisfy { abs($0) <= 1 })
        }
    }
}
