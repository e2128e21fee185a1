import CMuJoCo
import M3DTTasks
import M3DTWorker
import Synchronization

/// Makes the environments of all tasks that are simulated in this process.
///
/// Environments of the same robot share one model, which is loaded at the first use.
public final class NativeEnvironments: Sendable {
    /// Where the set-up puts the model files, or a bundle has them.
    public static var defaultModelsDirectory: String {
        Installation.bundle?.appendingPathComponent("models").path ?? String(cString: m3dt_models_directory())
    }

    private let modelsDirectory: String
    private let models = Mutex<[String: MuJoCoModel]>([:])

    /// - Parameter modelsDirectory: The folder that holds `gymnasium/half_cheetah.xml` and the others.
    public init(modelsDirectory: String = NativeEnvironments.defaultModelsDirectory) {
        self.modelsDirectory = modelsDirectory
    }

    /// Whether this package simulates the task itself.
    public static func simulates(_ task: TaskSpecification) -> Bool {
        switch task.domain {
        case .cheetahVel, .antDir: task.goal != nil
        case .dmControl: ControlSuiteAssignment.all[task.name] != nil
        default: false
        }
    }

    /// Makes the environment of a task.
    ///
    /// - Throws: ``SimulationError`` where the task is not native or its model cannot be loaded.
    public func make(_ task: TaskSpecification) throws -> MuJoCoEnvironment {
        switch (task.domain, task.goal) {
        case (.cheetahVel, let velocity?):
            let model = try model(at: modelsDirectory + "/gymnasium/half_cheetah.xml")
            return try environment(task, model, CheetahVelocity(targetVelocity: velocity, model: model))
        case (.antDir, let heading?):
            let model = try model(at: modelsDirectory + "/gymnasium/ant.xml")
            return try environment(task, model, AntDirection(heading: heading, model: model))
        case (.dmControl, _):
            guard let assignment = ControlSuiteAssignment.all[task.name] else { fallthrough }
            return try environment(task, assignment)
        default:
            throw SimulationError.notNative(task: task.name, domain: task.domain.rawValue)
        }
    }

    /// A batch of native environments that step in threads.
    public func batch(slots: Int, threads: Int = WorkerTeam.processorCount) -> ThreadedEnvironmentBatch {
        ThreadedEnvironmentBatch(slots: slots, threads: threads) { try self.make($0) }
    }

    private func environment(
        _ task: TaskSpecification, _ assignment: ControlSuiteAssignment
    ) throws -> MuJoCoEnvironment {
        var model = try model(at: assignment.modelFile(among: modelsDirectory))
        if assignment.changesModel { model = try MuJoCoModel(copying: model) { _ in } }
        return try environment(task, model, ControlSuiteTask(robot: assignment.robot(model)))
    }

    private func environment(
        _ task: TaskSpecification, _ model: MuJoCoModel, _ dynamics: any MuJoCoTask
    ) throws -> MuJoCoEnvironment {
        try MuJoCoEnvironment(task: task, physics: MuJoCoPhysics(model: model), dynamics: dynamics)
    }

    private func model(at path: String) throws -> MuJoCoModel {
        try models.withLock { models in
            if let known = models[path] { return known }
            let loaded = try MuJoCoModel(path: path)
            models[path] = loaded
            return loaded
        }
    }
}
