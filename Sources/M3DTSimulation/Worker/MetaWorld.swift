import M3DTTasks

/// Meta-World's tasks as this package names them, and as theirs does.
public enum MetaWorld {
    /// The environment of a task.
    ///
    /// Tasks carry the names of the reference's data, `reach-v2`; the package has them as `reach-v3`, with the same rewards.
    ///
    /// - Throws: ``SimulationError/notNative(task:domain:)`` where the task is not one of Meta-World's.
    public static func environment(of task: TaskSpecification) throws -> PythonEnvironment {
        guard task.domain == .metaWorld, task.name.hasSuffix("-v2") else {
            throw SimulationError.notNative(task: task.name, domain: task.domain.rawValue)
        }
        return PythonEnvironment(library: .metaWorld, id: task.name.dropLast(2) + "v3")
    }
}
