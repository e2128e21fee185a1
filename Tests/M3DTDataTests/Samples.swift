import Foundation
import M3DTTasks

@testable import M3DTData

extension TaskSpecification {
    /// A task of 3 observation and 2 action columns.
    static func sample(_ name: String = "task-a", returnScale: Double = 10) -> TaskSpecification {
        TaskSpecification(
            name: name, domain: .custom, observationWidth: 3, actionWidth: 2, episodeSteps: 100, targetReturn: 77,
            returnScale: returnScale, score: .linear(offset: 0, range: 1), evaluationEpisodes: 1)
    }
}

extension Trajectory {
    /// An episode whose every number tells where it is from: 100 * number + timestep, with a mark for the column.
    static func sample(
        _ number: Int, steps: Int, reward: Float = 1, task: TaskSpecification = .sample(), source: String = "good"
    ) -> Trajectory {
        let cells = (0..<steps).map { Float(100 * number + $0) }
        return Trajectory(
            task: task.name,
            observations: cells.flatMap { [$0, -$0, 0.5] },
            actions: cells.flatMap { [$0 / 1000, -$0 / 1000] },
            rewards: [Float](repeating: reward, count: steps),
            successes: (0..<steps).map { number.isMultiple(of: 2) && $0 == steps - 1 },
            terminated: number.isMultiple(of: 3),
            source: source,
            seed: number == 1 ? nil : UInt64(number)
        )
    }
}

extension [Trajectory] {
    /// Six episodes of 3 ... 12 steps; with the default selection the episodes 3 and 5 become prompts.
    static func sample(task: TaskSpecification = .sample()) -> [Trajectory] {
        [
            .sample(0, steps: 4, reward: 0.5, task: task), .sample(1, steps: 9, reward: 1, task: task),
            .sample(2, steps: 3, reward: 2, task: task), .sample(3, steps: 12, reward: 4, task: task),
            .sample(4, steps: 7, reward: -1, task: task, source: "poor"),
            .sample(5, steps: 8, reward: 5, task: task, source: "poor"),
        ]
    }
}

extension SamplerOptions {
    /// Batches of 16 rows of 4 steps with prompts of 5, without any change to the observations but rounding.
    static func sample(_ change: (inout SamplerOptions) -> Void = { _ in }) -> SamplerOptions {
        var options = SamplerOptions()
        options.contextSteps = 4
        change(&options)
        return options
    }
}

extension Sampler {
    /// A sampler over the sample episodes of the named tasks, in widths 5 and 3.
    static func sample(
        _ names: [String] = ["task-a"], options: SamplerOptions = .sample(), seed: UInt64 = 1
    ) throws -> Sampler {
        let tasks = try names.map { name in
            try TaskTrajectories(.sample(name), .sample(task: .sample(name)))
        }
        return try Sampler(tasks, options: options, stateWidth: 5, actionWidth: 3, seed: seed)
    }
}

extension StoreRecipe {
    static let sample = StoreRecipe(name: "sample", seed: 5, settings: ["episodes": "6"])
}

extension TrajectoryStoreWriter {
    /// Records the sample episodes of a task.
    func recordSample(_ name: String, chunkBytes: Int = 64 << 20) throws {
        let recorder = try record(.sample(name), chunkBytes: chunkBytes)
        for trajectory in [Trajectory].sample(task: .sample(name)) { try recorder.append(trajectory) }
        try recorder.finish()
    }
}

extension TrajectoryStore {
    /// A store of the sample episodes of the named tasks.
    static func sample(_ names: [String] = ["task-a"], in folder: URL) throws -> TrajectoryStore {
        let writer = try TrajectoryStoreWriter(folder, recipe: .sample)
        for name in names { try writer.recordSample(name) }
        return try TrajectoryStore(folder)
    }
}
