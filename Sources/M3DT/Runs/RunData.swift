import M3DTData
import M3DTTasks

/// The trajectory stores that a run draws from, as one.
public struct RunData: Sendable {
    public let stores: [TrajectoryStore]

    /// - Throws: ``RunError/dataDiffers(task:folders:)`` where two stores hold a task with different episodes.
    public init(_ stores: [TrajectoryStore]) throws {
        self.stores = stores
        for (index, store) in stores.enumerated() {
            for task in store.manifest.tasks {
                for earlier in stores[..<index] {
                    guard let known = try? earlier.storedTask(task.specification.name) else { continue }
                    guard known.crc32 == task.crc32 else {
                        throw RunError.dataDiffers(
                            task: task.specification.name, folders: [earlier.folder.path, store.folder.path])
                    }
                }
            }
        }
    }

    /// Each task once, sorted by name.
    public var tasks: [TaskSpecification] {
        let all = stores.flatMap(\.tasks)
        return Dictionary(all.map { ($0.name, $0) }) { first, _ in first }.values.sorted { $0.name < $1.name }
    }

    /// The names of the tasks that words select; all tasks where there are no words.
    ///
    /// - Throws: `TaskError` for a word that selects nothing.
    public func names(_ words: [String]) throws -> [String] {
        words.isEmpty ? tasks.map(\.name) : try TaskRegistry(tasks).select(words).map(\.name)
    }

    /// Maps the episodes of tasks.
    ///
    /// - Throws: `DataError` where a task is in no store or its file is damaged.
    func trajectories(_ names: [String]) throws -> [TaskTrajectories] {
        try names.map { try store(of: $0).trajectories($0) }
    }

    /// The checksums of the files of tasks.
    ///
    /// - Throws: `DataError` where a task is in no store.
    func hashes(_ names: [String]) throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: names.map { ($0, try store(of: $0).storedTask($0).crc32) })
    }

    /// The first store that holds a task; the first of all where none does, whose error names the nearest task.
    private func store(of task: String) -> TrajectoryStore {
        stores.first { $0.manifest.tasks.contains { $0.specification.name == task } } ?? stores[0]
    }
}
