import M3DTTasks

extension M3DTPolicy {
    /// The same weights, which also act in tasks that they were not trained on, from their prompts and statistics alone.
    ///
    /// - Parameter profiles: What each of these tasks looks like; none that the policy knows.
    /// - Throws: ``PolicyError/otherModel(problem:)`` where each task has weights of its own, ``PolicyError/unsound(problem:)``
    ///   where a task does not fit the model or is known.
    public func prompted(with profiles: [TaskProfile]) throws -> M3DTPolicy {
        guard profiles.isEmpty || description.taskWeights == .shared else {
            throw PolicyError.otherModel(
                problem: "each task has weights of its own, so the policy cannot act in '\(profiles[0].task.name)'")
        }
        var description = description
        description.tasks += profiles
        return try M3DTPolicy(description, network: network, precision: precision)
    }
}
