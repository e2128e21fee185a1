import M3DTTasks

extension TaskTrajectories {
    /// Holds trajectories in memory, as the store would hold them on disk.
    ///
    /// - Parameter givenPrompts: With ``PromptSelection/Rule/given``, which of the trajectories are prompts.
    /// - Throws: ``DataError`` where a trajectory does not fit the task, or too few are left to train on.
    public init(
        _ task: TaskSpecification, _ trajectories: [Trajectory], prompts: PromptSelection = PromptSelection(),
        givenPrompts: [Bool] = []
    ) throws {
        for (index, trajectory) in trajectories.enumerated() {
            try trajectory.check(fits: task, episode: index)
        }
        let table = try EpisodeTable(task: task.name, trajectories, prompts: prompts, given: givenPrompts)
        self.init(
            task: task,
            sources: table.sources,
            observations: Column(trajectories.flatMap(\.observations)),
            actions: Column(trajectories.flatMap(\.actions)),
            rewards: Column(trajectories.flatMap(\.rewards)),
            returnsToGo: Column(trajectories.flatMap(\.rewards.returnsToGo)),
            successes: Column(trajectories.flatMap { $0.successes.map { $0 ? 1 : 0 } }),
            offsets: Column(table.offsets),
            terminated: Column(table.terminated),
            sourceIndices: Column(table.sourceIndices),
            seeds: Column(table.seeds),
            roles: Column(table.roles),
            recordedStatistics: nil,
            recordedChecksum: nil
        )
    }
}
