import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTTasks
import M3DTTraining

/// Runs at the smallest sizes at which all their parts do something.
enum TinyRun {
    /// A recipe at the smallest sizes at which all its parts do something.
    static func recipe(_ name: String) throws -> Recipe {
        var recipe = try Recipe(named: name)
        (recipe.model.width, recipe.model.layers, recipe.model.heads) = (16, 2, 2)
        (recipe.model.contextSteps, recipe.model.promptSteps) = (3, min(recipe.model.promptSteps, 2))
        (recipe.model.stateWidth, recipe.model.actionWidth, recipe.model.episodeSteps) = (4, 2, 12)
        recipe.data.rows = 4
        for section in [\Recipe.backbone, \.experts.stage, \.router] {
            recipe[keyPath: section].steps = 4
            recipe[keyPath: section].warmUpSteps = 2
            recipe[keyPath: section].conflictEvery = 0
        }
        (recipe.grouping.experts, recipe.grouping.batches) = (2, 1)
        recipe.mixture.gate.k = 1
        (recipe.harmony.interval, recipe.harmony.mostExchanged) = (2, 20)
        return recipe
    }

    /// Tasks with a few short episodes.
    static func store(_ name: String = "data", tasks: Range<Int> = 0..<3, episodes: Int = 5, in folder: TemporaryFolder)
        throws -> TrajectoryStore
    {
        let url = folder.url.appendingPathComponent(name)
        let writer = try TrajectoryStoreWriter(url, recipe: StoreRecipe(name: "test", seed: 0))
        for number in tasks {
            let task = TaskSpecification(
                name: "task-\(number)", domain: .custom, observationWidth: 4 - number % 2, actionWidth: 1 + number % 2,
                episodeSteps: 12, targetReturn: 3, returnScale: 2, score: .success, evaluationEpisodes: 1)
            let recorder = try writer.record(task)
            for episode in 0..<episodes {
                var trajectory = Trajectory(task: task.name, source: "rule")
                for step in 0..<8 + episode % 5 {
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

    static func train(
        _ recipe: Recipe, _ data: TrajectoryStore, _ run: RunFolder, stop: StopRequest = StopRequest()
    ) throws -> StageOutcome {
        let progress = ProgressDisplay(style: .quiet)
        return try Pipeline(recipe: recipe, data: data, run: run, progress: progress, stop: stop).train()
    }

    /// The bytes of a policy's weights.
    static func weights(_ run: RunFolder) throws -> Data {
        try Data(contentsOf: run.policy.appendingPathComponent("weights.safetensors"))
    }

    /// Trains a recipe on top of a finished run.
    static func train(
        _ recipe: Recipe, from base: BaseRun, _ data: RunData, _ run: RunFolder, stop: StopRequest = StopRequest()
    ) throws -> StageOutcome {
        try base.copy(into: run)
        let progress = ProgressDisplay(style: .quiet)
        return try Pipeline(recipe: recipe, data: data, run: run, progress: progress, stop: stop).train()
    }
}
