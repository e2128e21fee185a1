import Foundation
import M3DTStorage
import M3DTTasks
import Synchronization

/// Makes a trajectory store, or goes on with one that was cut short.
///
/// A task is in the store as a whole or not at all: its file takes its place at once, and then the manifest. The same
/// episodes in the same order give the same bytes. Tasks may be recorded by several threads at once; one process at a
/// time may write to a store.
public final class TrajectoryStoreWriter: Sendable {
    public let folder: URL
    public let recipe: StoreRecipe
    private let state: Mutex<State>

    private struct State {
        var manifest: StoreManifest
        var beingRecorded: Set<String> = []
    }

    /// Makes the folder, or opens it to go on.
    ///
    /// - Parameter resume: Keep the tasks that are there. A task whose file was removed is recorded again.
    /// - Throws: ``DataError`` where the folder holds a store already and `resume` is not set, where that store was made
    ///   from another recipe, or where one of its files has another size; `StorageError` if the disk is full or the
    ///   folder read-only.
    public init(_ folder: URL, recipe: StoreRecipe, resume: Bool = false) throws {
        self.folder = folder
        self.recipe = recipe
        try Folder.create(folder)
        let manifestURL = folder.appendingPathComponent(StoreManifest.fileName)
        guard FileManager.default.fileExists(atPath: manifestURL.path) else {
            let manifest = StoreManifest(recipe: recipe)
            try manifest.write(in: folder)
            state = Mutex(State(manifest: manifest))
            return
        }
        guard resume else { throw DataError(.storeExists, file: folder.path) }
        let manifest = try Self.usableManifest(of: TrajectoryStore(folder), recipe: recipe)
        state = Mutex(State(manifest: manifest))
    }

    /// The names of the tasks that are in the store, sorted.
    public var finishedTasks: [String] {
        state.withLock { $0.manifest.tasks.map(\.specification.name) }
    }

    /// Starts to record a task.
    ///
    /// - Parameters:
    ///   - prompts: Which of its episodes become prompts. Default: what the recipe says.
    ///   - origin: What its contents depend on beside the recipe.
    /// - Throws: ``DataError`` where the task is in the store or being recorded, or its name cannot be a file's.
    public func record(
        _ task: TaskSpecification, prompts: PromptSelection? = nil, origin: [String: String]? = nil
    ) throws -> TaskRecorder {
        try record(task, prompts: prompts, origin: origin, chunkBytes: 64 << 20)
    }

    /// Starts to record a task, holding the given amount of its steps in memory.
    func record(
        _ task: TaskSpecification, prompts: PromptSelection? = nil, origin: [String: String]? = nil, chunkBytes: Int
    ) throws -> TaskRecorder {
        guard task.name.isUsableAsFileName else { throw DataError(.unusableName, task: task.name) }
        try state.withLock { state in
            guard !state.manifest.contains(task.name), state.beingRecorded.insert(task.name).inserted else {
                throw DataError(.taskExists, task: task.name, file: folder.path)
            }
        }
        return TaskRecorder(
            task, writer: self, prompts: prompts ?? recipe.prompts, origin: origin, chunkBytes: chunkBytes)
    }

    /// Enters a task whose file is in place.
    func add(_ task: StoredTask) throws {
        try state.withLock { state in
            var manifest = state.manifest
            manifest.add(task)
            try manifest.write(in: folder)
            state.manifest = manifest
        }
    }

    /// Forgets that a task is being recorded.
    func release(_ task: String) {
        state.withLock { _ = $0.beingRecorded.remove(task) }
    }

    /// The manifest of a store, less the tasks whose files were removed.
    private static func usableManifest(of store: TrajectoryStore, recipe: StoreRecipe) throws -> StoreManifest {
        var manifest = store.manifest
        if let difference = manifest.recipe.difference(from: recipe) {
            throw DataError(.recipe(difference), file: store.folder.path)
        }
        for task in store.manifest.tasks {
            if FileManager.default.fileExists(atPath: store.url(of: task).path) {
                try store.checkSize(of: task)
            } else {
                manifest.remove(task.specification.name)
            }
        }
        return manifest
    }
}

extension StoreRecipe {
    /// The first thing in which two recipes differ, in words; `nil` where they are equal.
    fileprivate func difference(from other: StoreRecipe) -> String? {
        if name != other.name { return "name \(name), not \(other.name)" }
        if seed != other.seed { return "seed \(seed), not \(other.seed)" }
        if prompts != other.prompts {
            return "prompts \(prompts.rule.rawValue) \(prompts.episodes), not \(other.prompts.rule.rawValue) "
                + "\(other.prompts.episodes)"
        }
        let keys = Set(settings.keys).union(other.settings.keys).sorted()
        guard let key = keys.first(where: { settings[$0] != other.settings[$0] }) else { return nil }
        return "\(key) \(settings[key] ?? "unset"), not \(other.settings[key] ?? "unset")"
    }
}

extension String {
    /// Letters, digits, dots, hyphens and underscores, the first of them no dot.
    fileprivate var isUsableAsFileName: Bool {
        !isEmpty && !hasPrefix(".")
            && unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains($0))
            }
    }
}
