import M3DTTasks

/// What a store holds of a task, for people to read.
public struct TaskSummary: Codable, Sendable, Hashable {
    /// The episodes that one source gave.
    public struct Source: Codable, Sendable, Hashable {
        public let name: String
        public let episodes: Int
        public let returns: ReturnSummary
        public let successRate: Double
    }

    public let task: String
    public let episodes: Int
    /// How many of the episodes are prompts.
    public let promptEpisodes: Int
    public let steps: Int
    public let returns: ReturnSummary
    public let successRate: Double
    public let sources: [Source]
}

extension TrajectoryStore {
    /// Sums up what the store holds of each task.
    ///
    /// - Throws: ``DataError`` where a file is missing, damaged or mismatched.
    public func summary() throws -> [TaskSummary] {
        try manifest.tasks.map { stored in
            let trajectories = try trajectories(stored.specification.name)
            return TaskSummary(
                task: stored.specification.name, episodes: stored.episodes, promptEpisodes: stored.promptEpisodes,
                steps: stored.steps, returns: stored.statistics.returns,
                successRate: stored.statistics.successRate, sources: trajectories.sourceSummaries())
        }
    }
}

extension TaskTrajectories {
    fileprivate func sourceSummaries() -> [TaskSummary.Source] {
        let episodes = Dictionary(grouping: 0..<episodeCount) { Int(sourceIndices[$0]) }
        return episodes.sorted { $0.key < $1.key }.map { source, episodes in
            TaskSummary.Source(
                name: sources[source], episodes: episodes.count,
                returns: ReturnSummary(episodes.map { Double(totalReturn(of: $0)) }),
                successRate: Double(episodes.count(where: succeeded)) / Double(episodes.count))
        }
    }
}
