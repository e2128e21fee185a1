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

    /// A recipe at the smallest sizes at which all its parts do something.
    private func recipe(_ name: String) throws -> Recipe {
        var recipe = try Recipe(named: name)
        (recipe.model.width, recipe.model.layers, recipe.model.heads) = (16, 2, 2)
        (recipe.model.contextSteps, recipe.model.promptSteps) = (3, min(recipe.model.promptSteps, 2))
        (recipe.model.stateWidth, recipe.model.actionWidth, recipe.model.episodeSteps) = (4, 2, 12)
        recipe.data.rows = 4
        for section in [\Recipe.backbone, \.experts, \.router] {
            recipe[keyPath: section].steps = 4
            recipe[keyPath: section].warmUpSteps = 2
            recipe[keyPath: section].conflictEvery = 0
        }
        (recipe.grouping.experts, recipe.grouping.batches) = (2, 1)
        recipe.mixture.gate.k = 1
        (recipe.harmony.interval, recipe.harmony.mostExchanged) = (2, 20)
        return recipe
    }

    /// Three tasks with a few short episodes.
    private func store(in folder: TemporaryFolder) throws -> TrajectoryStore {
        let url = folder.url.appendingPathComponent("data")
        let writer = try TrajectoryStoreWriter(url, recipe: StoreRecipe(name: "test", seed: 0))
        for number in 0..<3 {
            let task = TaskSpecification(
                name: "task-\(number)", domain: .custom, observationWidth: 4 - number % 2, actionWidth: 1 + number % 2,
                episodeSteps: 12, targetReturn: 3, returnScale: 2, score: .success, evaluationEpisodes: 1)
            let recorder = try writer.record(task)
            for episode in 0..<5 {
                var trajectory = Trajectory(task: task.name, source: "rule")
                for step in 0..<8 + episode {
                    let phase = Float(step + episode) / 3 + Float(number)
                    trajectory.observations += (0..<task.observationWidth).map { sin(phase * Float($0 + 1)) }
                    trajectory.actions += (0..<task.actionWidth).map { 0.7 * cos(phase + Float($0)) }
                    trajectory.rewards.append(0.1 * Float(episode))
                    trajectory.successes.append(false)
                }
                try recorder.append(trajectory)
            }
            _ = try recorder.finish()
        }
        return try TrajectoryStore(url)
    }

    private func train(
        _ recipe: Recipe, _ data: TrajectoryStore, _ run: RunFolder, stop: StopRequest = StopRequest()
    ) throws -> StageOutcome {
        let progress = ProgressDisplay(style: .quiet)
        return try Pipeline(recipe: recipe, data: data, run: run, progress: progress, stop: stop).train()
    }

    @Test(arguments: recipes)
    func aMethodIsTrainedResumedSavedAndActs(name: String) throws {
        let folder = try TemporaryFolder()
        let (recipe, data) = (try recipe(name), try store(in: folder))
        let whole = RunFolder(folder.url.appendingPathComponent("whole"))
        #expect(try train(recipe, data, whole) == .finished)

        // Stopped after each of the first steps, then to the end.
        let halved = RunFolder(folder.url.appendingPathComponent("halved"))
        for _ in 0..<3 {
            let stop = StopRequest()
            stop.request()
            #expect(try train(recipe, data, halved, stop: stop) != .finished)
        }
        #expect(try train(recipe, data, halved) == .finished)
        func weights(_ run: RunFolder) throws -> Data {
            try Data(contentsOf: run.policy.appendingPathComponent("weights.safetensors"))
        }
        #expect(try weights(whole) == weights(halved))

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
