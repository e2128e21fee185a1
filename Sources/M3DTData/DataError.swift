/// Why trajectories cannot be stored, read or drawn from; names the file, the task, the column and the remedy.
public struct DataError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Hashable {
        // A recorded episode
        case foreignTrajectory(episode: Int, task: String)
        case emptyEpisode(Int)
        case episodeSize(episode: Int, expected: Int, found: Int)
        case notFinite(episode: Int, step: Int)
        case tooFewEpisodes(found: Int, prompts: Int)

        // Drawing batches
        case option(name: String, value: String, allowed: String)
        case noTasks
        case noPromptEpisodes
        case widthTooSmall(what: String, needed: Int, given: Int)
    }

    public let problem: Problem
    public let task: String?
    public let file: String?
    /// The column of the task's file.
    public let key: String?

    init(_ problem: Problem, task: String? = nil, file: String? = nil, key: String? = nil) {
        self.problem = problem
        self.task = task
        self.file = file
        self.key = key
    }
}
