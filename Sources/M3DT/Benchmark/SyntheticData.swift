import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTasks

/// Tasks and trajectories of random numbers, for measuring speed: of the right sizes, and without any meaning.
enum SyntheticData {
    static let steps = 200
    private static let episodes = 0..<12

    /// Tasks of the model's full widths.
    static func tasks(_ count: Int, _ model: ModelConfiguration) -> [TaskSpecification] {
        (0..<count).map { index in
            TaskSpecification(
                name: "synthetic-\(index)", domain: .custom, observationWidth: model.stateWidth,
                actionWidth: model.actionWidth, episodeSteps: steps, targetReturn: 0, returnScale: 100,
                score: .linear(offset: 0, range: 1), evaluationEpisodes: 1)
        }
    }

    /// A sampler over the given tasks with twelve trajectories each.
    ///
    /// - Throws: `DataError` where the model's sizes make no sense.
    static func sampler(_ tasks: [TaskSpecification], _ model: ModelConfiguration, rows: Int) throws -> Sampler {
        try sampler(
            tasks.map { task in try TaskTrajectories(task, episodes.map { trajectory(task, number: $0) }) }, model,
            rows: rows)
    }

    /// A sampler over the given trajectories.
    ///
    /// - Throws: `DataError` where the model's sizes make no sense.
    static func sampler(
        _ trajectories: [TaskTrajectories], _ model: ModelConfiguration, rows: Int
    ) throws -> Sampler {
        var options = SamplerOptions()
        options.rows = rows
        options.contextSteps = model.contextSteps
        options.promptSteps = model.promptSteps
        return try Sampler(
            trajectories, options: options, stateWidth: model.stateWidth, actionWidth: model.actionWidth, seed: 0)
    }

    /// A store with the same trajectories.
    ///
    /// - Throws: `DataError` or `StorageError` where it cannot be written.
    static func store(_ tasks: [TaskSpecification], in folder: URL) throws {
        let writer = try TrajectoryStoreWriter(folder, recipe: StoreRecipe(name: "synthetic", seed: 0))
        for task in tasks {
            let recorder = try writer.record(task)
            for number in episodes { try recorder.append(trajectory(task, number: number)) }
            try recorder.finish()
        }
    }

    private static func trajectory(_ task: TaskSpecification, number: Int) -> Trajectory {
        var stream = RandomStream(seed: 0).split(task.name).split(number)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(stream.uniform(-1, 1)) } }
        return Trajectory(
            task: task.name, observations: numbers(steps * task.observationWidth),
            actions: numbers(steps * task.actionWidth), rewards: numbers(steps),
            successes: Array(repeating: false, count: steps), source: "synthetic")
    }
}
