import Foundation
import M3DTSimulation
import M3DTTasks

/// The tasks that come with the program, and those that a user has described in files.
public struct KnownTasks: Sendable {
    public private(set) var registry = TaskRegistry.standard
    private var environments: [String: PythonEnvironment] = [:]

    /// The folder of task files inside a data folder.
    public static let folderName = "tasks"

    /// Reads the task files that are given, and those in the folder `tasks` of a data folder.
    ///
    /// A task may be in both, if both say the same; the environment of the file that is given counts.
    ///
    /// - Throws: ``TaskFileError``, `TaskError` where a name is taken.
    public init(files: [URL] = [], data: URL? = nil) throws {
        var known: [TaskFile] = []
        for url in files + Self.files(in: data) {
            let file = try TaskFile(contentsOf: url)
            guard !known.contains(where: { $0.task == file.task }) else { continue }
            known.append(file)
            try registry.register(file.task)
            environments[file.task.name] = file.environment
        }
    }

    /// Says what plays a task in a worker.
    ///
    /// - Throws: ``TaskFileError/dataOnly(task:)``, `SimulationError`.
    public func environment(of task: TaskSpecification) throws -> PythonEnvironment {
        if let environment = environments[task.name] { return environment }
        if task.domain == .custom { throw TaskFileError.dataOnly(task: task.name) }
        return try MetaWorld.environment(of: task)
    }

    /// Something plays the task, here or in a worker.
    public func isPlayable(_ task: TaskSpecification) -> Bool {
        task.domain != .custom || environments[task.name] != nil
    }

    private static func files(in data: URL?) -> [URL] {
        guard let folder = data?.appendingPathComponent(folderName) else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map(folder.appendingPathComponent)
    }
}
