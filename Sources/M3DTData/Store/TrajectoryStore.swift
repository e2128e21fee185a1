import Foundation
import M3DTStorage
import M3DTTasks

/// A folder of recorded episodes: a manifest, and one file of columns for each task.
///
/// The files are read through memory maps, so that memory stays flat however large the store is. They must not be
/// changed in place while they are read; ``TrajectoryStoreWriter`` replaces them as a whole.
public struct TrajectoryStore: Sendable {
    public let folder: URL
    public let manifest: StoreManifest

    /// Opens a store.
    ///
    /// - Throws: ``DataError`` where the folder is not a store, or one of another version.
    public init(_ folder: URL) throws {
        self.folder = folder
        manifest = try StoreManifest(in: folder)
    }

    /// The tasks of the store, sorted by name.
    public var tasks: [TaskSpecification] { manifest.tasks.map(\.specification) }

    /// Maps the episodes of a task, and checks all that can be checked without reading the steps.
    ///
    /// - Throws: ``DataError`` where the store lacks the task, or the task's file is missing, damaged or mismatched.
    public func trajectories(_ task: String) throws -> TaskTrajectories {
        let stored = try storedTask(task)
        try checkSize(of: stored)
        return try TaskTrajectories(
            contentsOf: url(of: stored), task: stored.specification, steps: stored.steps, episodes: stored.episodes,
            statistics: stored.statistics, checksum: stored.crc32)
    }

    /// Maps the episodes of several tasks, in the given order.
    ///
    /// - Throws: ``DataError``, as ``trajectories(_:)-(String)``.
    public func trajectories(_ tasks: [String]) throws -> [TaskTrajectories] {
        try tasks.map(trajectories)
    }

    /// What the manifest says about a task.
    ///
    /// - Throws: ``DataError`` where the store lacks the task.
    public func storedTask(_ name: String) throws -> StoredTask {
        guard let stored = manifest.tasks.first(where: { $0.specification.name == name }) else {
            let nearest = NearestName.nearest(to: name, in: tasks.map(\.name))
            throw DataError(.unknownTask(nearest: nearest), task: name, file: folder.path)
        }
        return stored
    }

    func url(of task: StoredTask) -> URL { folder.appendingPathComponent(task.file) }

    /// Checks that the file is there and as long as when it was made.
    func checkSize(of task: StoredTask) throws {
        let path = url(of: task).path
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let found = attributes?[.size] as? Int else {
            throw DataError(.fileMissing, task: task.specification.name, file: path)
        }
        guard found == task.bytes else {
            throw DataError(.fileSize(expected: task.bytes, found: found), task: task.specification.name, file: path)
        }
    }
}
