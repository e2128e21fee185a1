import Foundation
import M3DTTasks
import M3DTWorker

/// Writes tasks of a trajectory store in a format of another project.
///
/// The prompts of a task come last, as the reference has them. A task is written as a whole or not at all.
public struct TrajectoryExport {
    private let store: TrajectoryStore
    private let writer: any ForeignTrajectoryWriter

    public init(_ store: TrajectoryStore, writer: any ForeignTrajectoryWriter) {
        self.store = store
        self.writer = writer
    }

    /// Writes the tasks of the given names.
    ///
    /// - Parameter onEpisode: Called after each episode.
    /// - Returns: Of each task, where it lies.
    /// - Throws: ``DataError`` where the store lacks a task, a folder is there already or cannot be written, and what
    ///   `onEpisode` throws.
    public func run(_ tasks: [String], onEpisode: () throws -> Void = {}) throws -> [URL] {
        try tasks.map { name in
            let trajectories = try store.trajectories(name)
            try writer.begin(trajectories.task)
            for episode in trajectories.episodes(.training) + trajectories.episodes(.prompt) {
                try writer.write(trajectories.trajectory(episode))
                try onEpisode()
            }
            return try writer.finish()
        }
    }
}

/// Writes trajectories for another project, one task after another.
public protocol ForeignTrajectoryWriter: AnyObject {
    /// Begins a task.
    ///
    /// - Throws: ``DataError`` where its folder is there already or cannot be made.
    func begin(_ task: TaskSpecification) throws

    /// Adds an episode to the task.
    ///
    /// - Throws: ``DataError`` where it cannot be written.
    func write(_ trajectory: Trajectory) throws

    /// Puts the task in its place.
    ///
    /// - Returns: Where that is.
    /// - Throws: ``DataError`` where it cannot be written.
    func finish() throws -> URL
}

/// Writes through a worker, with the libraries of the field.
public final class ForeignWorkerWriter: ForeignTrajectoryWriter {
    private let format: ForeignFormat
    private let folder: URL
    private let connection: WorkerConnection

    /// The kinds of requests; `Worker/m3dt_worker/formats/requests.py` answers them.
    private enum Kind {
        static let begin: UInt32 = 67
        static let write: UInt32 = 68
        static let finish: UInt32 = 69
        static let done: UInt32 = 5
    }

    /// - Precondition: The format is one of ``ForeignFormat/exported``.
    /// - Throws: `WorkerError`, such as where the packages are not installed.
    public init(_ format: ForeignFormat, folder: URL, installation: WorkerInstallation = .standard) throws {
        precondition(ForeignFormat.exported.contains(format), "\(format.rawValue) cannot be written")
        self.format = format
        self.folder = folder
        connection = try WorkerConnection(
            WorkerLaunch(role: .formats, groups: ["formats"], installation: installation))
    }

    public func begin(_ task: TaskSpecification) throws {
        let request = Beginning(
            format: format, folder: folder.path, task: task.name, observationWidth: task.observationWidth,
            actionWidth: task.actionWidth)
        _ = try send(Kind.begin, Array(JSONEncoder().encode(request)), doing: "beginning task \(task.name)")
    }

    public func write(_ trajectory: Trajectory) throws {
        _ = try send(Kind.write, EpisodeRecord.body(trajectory), doing: "writing task \(trajectory.task)")
    }

    public func finish() throws -> URL {
        let doing = "finishing a task"
        let answer = try connection.decode(Place.self, from: send(Kind.finish, [], doing: doing), doing: doing)
        return URL(fileURLWithPath: answer.path)
    }

    private func send(_ kind: UInt32, _ body: [UInt8], doing: String) throws -> [UInt8] {
        do {
            return try connection.request(kind, body: body, expecting: Kind.done, limitSeconds: 600, doing: doing)
        } catch let error as WorkerError {
            throw DataError(telling: error) ?? error
        }
    }

    private struct Beginning: Encodable {
        let format: ForeignFormat
        let folder: String
        let task: String
        let observationWidth: Int
        let actionWidth: Int
    }

    private struct Place: Decodable {
        let path: String
    }
}
