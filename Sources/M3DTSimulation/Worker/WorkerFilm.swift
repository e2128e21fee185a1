import M3DTTasks
import M3DTWorker

/// Draws episodes of tasks that are played in workers, as their own libraries draw them.
public enum WorkerFilm {
    /// Plays an episode and draws every so many steps of it, the start included.
    ///
    /// - Throws: ``EnvironmentError`` where the environment has no pictures, `WorkerError`, and what the policy throws.
    public static func film(
        task: TaskSpecification, policy: any Policy, seed: UInt64, everySteps interval: Int,
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) throws -> [Picture] {
        precondition(interval > 0, "frames must be at least one step apart")
        let worker = EnvironmentWorker(
            launch: try describe(task).launch, limits: WorkerLimits(), pictures: true, describe: describe)
        let start = [ResetRequest(slot: 0, task: task, seed: seed)]
        try worker.sendResets(start)
        var now = StepResult(observation: try worker.receiveResets(start)[0], outcome: StepOutcome(reward: 0))
        try policy.begin(slot: 0, task: task, seed: seed)
        var frames = [try worker.picture(of: 0)]
        for step in 1...task.episodeSteps where !now.outcome.isLast {
            let request = ActionRequest(slot: 0, observation: now.observation, reward: now.outcome.reward)
            let action = [StepRequest(slot: 0, action: try policy.act([request])[0])]
            try worker.sendSteps(action)
            now = try worker.receiveSteps(action)[0]
            if step % interval == 0 { frames.append(try worker.picture(of: 0)) }
        }
        return frames
    }
}
