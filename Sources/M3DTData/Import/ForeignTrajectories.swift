// Shapes: T steps of an episode, S observation width, A action width.

import M3DTTasks

/// A task as the files of another project name it.
public struct ForeignTask: Codable, Sendable, Hashable {
    public let name: String
    public let files: Int
    public let bytes: Int

    public init(name: String, files: Int, bytes: Int) {
        self.name = name
        self.files = files
        self.bytes = bytes
    }
}

/// What the files of a task hold, found by reading all of them.
public struct ForeignScan: Codable, Sendable, Hashable {
    public var episodes: Int
    /// Episodes that the format sets apart as prompts.
    public var promptEpisodes: Int
    public var steps: Int
    /// Steps of the longest episode.
    public var longest: Int
    /// S as the files have it, padding included.
    public var observationWidth: Int
    public var actionWidth: Int
    /// S up to the last column that is not zero throughout.
    public var usedObservationWidth: Int
    public var usedActionWidth: Int
    /// Episodes that nothing ended.
    public var partial: Int
    public var leastReturn: Double
    public var greatestReturn: Double
    /// The largest size of any number in an action.
    public var largestAction: Double
    /// The types of the files' numbers where they are not float32.
    public var converted: [String]
    public var hasSuccess: Bool
}

/// How files are read.
public struct ForeignReading: Sendable, Hashable {
    /// Steps after which the time limit ends an episode; nothing where it is not known.
    public var episodeSteps: Int?
    public var innerEnds: InnerEnds

    public init(episodeSteps: Int? = nil, innerEnds: InnerEnds = .refuse) {
        self.episodeSteps = episodeSteps
        self.innerEnds = innerEnds
    }
}

/// An episode out of another project's files.
public struct ForeignEpisode: Sendable, Hashable {
    public var trajectory: Trajectory
    /// The format sets it apart as a prompt.
    public var isPrompt: Bool

    public init(trajectory: Trajectory, isPrompt: Bool = false) {
        self.trajectory = trajectory
        self.isPrompt = isPrompt
    }
}

/// Trajectories in files of another project.
///
/// Only one episode is in memory at a time.
public protocol ForeignTrajectories: AnyObject {
    /// The tasks that the files hold, without reading these.
    ///
    /// - Throws: ``DataError`` where there are none, or a file is missing.
    func tasks() throws -> [ForeignTask]

    /// Reads all of a task's files and sums up what they hold.
    ///
    /// - Parameter onProgress: Gets the number of steps that were read so far, now and then.
    /// - Throws: ``DataError`` that names the file and the key, and what `onProgress` throws.
    func scan(_ task: String, _ reading: ForeignReading, onProgress: (Int) throws -> Void) throws -> ForeignScan

    /// Reads the episodes of a task one after another, cut to the widths of the specification.
    ///
    /// - Throws: ``DataError`` that names the file and the key, and what `onEpisode` throws.
    func read(
        _ task: String, as specification: TaskSpecification, _ reading: ForeignReading, partial: PartialEpisodes,
        onEpisode: (ForeignEpisode) throws -> Void) throws
}
