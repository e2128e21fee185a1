import Foundation
import M3DTEvaluation
import M3DTSimulation
import M3DTStorage
import M3DTTasks

/// Pictures of a policy at work.
public enum RolloutPictures {
    /// Plays one episode and draws a film strip of it.
    ///
    /// - Parameters:
    ///   - frames: Pictures in the strip, evenly spread over the episode.
    ///   - width: Of one picture, in pixels; its height is three quarters of that. Pictures of tasks that are played in
    ///     workers have the size that their library gives them.
    /// - Returns: The strip as PNG.
    /// - Throws: `SimulationError` where OSMesa is missing, `WorkerError`; what the policy throws.
    public static func strip(
        of policy: any Policy, task: TaskSpecification, seed: UInt64, frames: Int = 5, width: Int = 320,
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) throws -> Data {
        let interval = max(task.episodeSteps / max(frames, 1), 1)
        let film = try film(of: policy, task: task, seed: seed, everySteps: interval, width: width, describe: describe)
        // An episode that ends early leaves fewer pictures, the start at least.
        let shown = film.count > frames ? film.suffix(frames) : film[...]
        return try Picture.strip(Array(shown)).png()
    }

    private static func film(
        of policy: any Policy, task: TaskSpecification, seed: UInt64, everySteps interval: Int, width: Int,
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment
    ) throws -> [Picture] {
        guard NativeEnvironments.simulates(task) else {
            return try WorkerFilm.film(
                task: task, policy: policy, seed: seed, everySteps: interval, describe: describe)
        }
        let environment = try NativeEnvironments().make(task)
        let renderer = try RolloutRenderer(environment: environment, width: width, height: width * 3 / 4)
        return try renderer.film(policy: policy, seed: seed, everySteps: interval)
    }

    /// Draws a trained policy in one task, into a file.
    ///
    /// - Throws: As ``strip(of:task:seed:frames:width:describe:)``, and `StorageError` where the file cannot be written.
    public static func write(
        _ policy: M3DTPolicy, task: TaskSpecification, seed: UInt64, frames: Int = 5, to file: URL,
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) throws {
        let png = try strip(
            of: SequencePolicy(policy, slots: 1), task: task, seed: seed, frames: frames, describe: describe)
        try Folder.create(file.deletingLastPathComponent())
        try AtomicFile.write(png, to: file)
    }
}
