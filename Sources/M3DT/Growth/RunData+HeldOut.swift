import M3DTData
import M3DTEvaluation
import M3DTTasks

extension RunData {
    /// Lets a policy act in tasks that it was not trained on, from what this data shows of them.
    ///
    /// - Parameters:
    ///   - words: Which tasks, of the policy's and the data's; all that the policy was not trained on where there are no words.
    ///   - recipe: The recipe of the policy's run, which says how prompts and statistics are made.
    /// - Returns: The policy that knows the tasks, and the tasks that were chosen.
    /// - Throws: `TaskError` for words that select nothing, ``RunError/noNewTasks(base:)``; `DataError` or `PolicyError` where a task does
    ///   not fit the policy.
    public func introduce(
        _ words: [String], to policy: M3DTPolicy, _ recipe: Recipe
    ) throws -> (policy: M3DTPolicy, tasks: [TaskSpecification]) {
        let known = Set(policy.tasks.map(\.name))
        let others = tasks.filter { !known.contains($0.name) }
        let chosen = words.isEmpty ? others : try TaskRegistry(policy.tasks + others).select(words)
        guard !chosen.isEmpty else { throw RunError.noNewTasks(base: "the policy") }
        let fresh = chosen.filter { !known.contains($0.name) }.map(\.name)
        return (try policy.prompted(with: profiles(of: fresh, recipe)), chosen)
    }

    private func profiles(of names: [String], _ recipe: Recipe) throws -> [TaskProfile] {
        guard !names.isEmpty else { return [] }
        let sampler = try Sampler(
            trajectories(names), options: recipe.data.options(recipe.model), stateWidth: recipe.model.stateWidth,
            actionWidth: recipe.model.actionWidth, seed: recipe.seed)
        return sampler.tasks.indices.map(sampler.profile)
    }
}
