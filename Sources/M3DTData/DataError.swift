import M3DTStorage

/// Why trajectories cannot be stored, read or drawn from; names the file, the task, the column and the remedy.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Equatable {
        // A recorded episode
        case foreignTrajectory(episode: Int, task: String)
        case emptyEpisode(Int)
        case episodeSize(episode: Int, expected: Int, found: Int)
        /// The step counts from the start of its episode.
        case notFinite(episode: Int, step: Int)
        case tooFewEpisodes(found: Int, prompts: Int)

        // Writing a store
        case storeExists
        case taskExists
        case unusableName
        /// The store was made from a recipe that differs as said.
        case recipe(String)

        // The manifest
        case notAStore
        case manifest(String)
        case formatVersion(found: Int, supported: Int)
        case unknownTask(nearest: String?)

        // A task's file
        case storage(StorageError)
        case unreadable(String)
        case fileMissing
        case fileSize(expected: Int, found: Int)
        case checksum
        case statistics
        case otherTask(found: String?)
        case sourceNames
        case columnMissing
        case columnType(expected: ElementType, found: ElementType)
        case columnShape(expected: [Int], found: [Int])
        case offsets(episode: Int)
        case outOfRange(index: Int, value: Int, bound: Int)
        case returnToGo(episode: Int, step: Int, expected: Float, found: Float)

        // Importing
        /// What is wrong with a file of another project, as whoever read it says it.
        case foreign(fault: String, remedy: String)
        case foreignWidth(what: String, task: String, width: Int, found: Int)
        case episodeTooLong(found: Int, limit: Int, task: String)
        case unknownForeignTask(nearest: String?)
        case malformedRename(String)
        /// Two names in the files are of the same task.
        case sameMeaning(String, String)
        case notInSource([String])
        /// The task was imported before, in the given way.
        case otherOrigin(String)

        // Drawing batches
        case option(name: String, value: String, allowed: String)
        case noTasks
        case noPromptEpisodes
        case widthTooSmall(what: String, needed: Int, given: Int)
    }

    public let problem: Problem
    public let task: String?
    public let file: String?
    /// The column of the task's file, or the key of another project's.
    public let key: String?

    init(_ problem: Problem, task: String? = nil, file: String? = nil, key: String? = nil) {
        self.problem = problem
        self.task = task
        self.file = file
        self.key = key
    }
}
