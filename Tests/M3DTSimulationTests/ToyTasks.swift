import Foundation
import M3DTTasks
import M3DTWorker

@testable import M3DTSimulation

/// Tasks whose environment is the toy in `Tests/Worker/toys.py`, which misbehaves on demand and needs no packages.
enum ToyTasks {
    static func task(_ name: String = "toy", steps: Int = 6, observationWidth: Int = 3) -> TaskSpecification {
        TaskSpecification(
            name: name, domain: .custom, observationWidth: observationWidth, actionWidth: 1, episodeSteps: steps,
            targetReturn: 1, returnScale: 1, score: .success, evaluationEpisodes: 1)
    }

    static func environment(_ arguments: [String: PythonArgument] = [:]) -> PythonEnvironment {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Worker")
        return PythonEnvironment(library: .python, id: "toys:Toy", arguments: arguments, paths: [folder.path])
    }

    static func batch(
        _ arguments: [String: PythonArgument] = [:], slots: Int = 1, workers: Int = 1, stepLimit: Double = 30
    ) -> WorkerEnvironmentBatch {
        var limits = WorkerLimits()
        limits.step = stepLimit
        let environment = environment(arguments)
        return WorkerEnvironmentBatch(slots: slots, workers: workers, limits: limits) { _ in environment }
    }

    static func requests(_ count: Int, task: TaskSpecification = task()) -> [EpisodeRequest] {
        (0..<count).map { EpisodeRequest(task: task, seed: UInt64($0 + 10), source: "constant") }
    }

    /// Plays episodes in which every action is a half.
    static func play(
        in batch: any EnvironmentBatch, episodes: Int = 1, task: TaskSpecification = task()
    ) throws -> [Trajectory] {
        try EpisodeRunner(batch: batch, policy: ConstantPolicy(value: 0.5)).run(requests(episodes, task: task))
    }
}
