import M3DTTasks

extension TaskTrajectories {
    /// A few episodes in memory, with statistics of their own: the training episodes of highest return, and all prompts.
    ///
    /// - Parameter count: Training episodes; all where there are no more.
    /// - Throws: ``DataError`` where none is left to train on.
    public func best(_ count: Int) throws -> TaskTrajectories {
        let training = episodes(.training).sorted { (-totalReturn(of: $0), $0) < (-totalReturn(of: $1), $1) }
        let kept = (training.prefix(count) + episodes(.prompt)).sorted()
        return try TaskTrajectories(
            task, kept.map(trajectory), prompts: PromptSelection(rule: .given),
            givenPrompts: kept.map { role(of: $0) == .prompt })
    }
}
