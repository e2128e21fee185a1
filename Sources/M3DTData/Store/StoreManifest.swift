import Foundation
import M3DTStorage
import M3DTTasks

/// What a store was made from; a collection can only be resumed with the same.
public struct StoreRecipe: Codable, Sendable, Hashable {
    /// What was done, such as `collect` or `import mt160`.
    public let name: String
    /// What every random stream was split from.
    public let seed: UInt64
    /// Everything else that the contents depend on.
    public let settings: [String: String]
    /// Which episodes became prompts.
    public let prompts: PromptSelection

    public init(
        name: String, seed: UInt64, settings: [String: String] = [:], prompts: PromptSelection = PromptSelection()
    ) {
        self.name = name
        self.seed = seed
        self.settings = settings
        self.prompts = prompts
    }
}

/// What the manifest says about the file of a task.
public struct StoredTask: Codable, Sendable, Hashable {
    public let specification: TaskSpecification
    /// The name of the file in the store's folder.
    public let file: String
    public let bytes: Int
    /// In lower-case hexadecimal digits.
    public let crc32: String
    public let episodes: Int
    /// How many of the episodes are prompts.
    public let promptEpisodes: Int
    public let steps: Int
    /// Who acted, in the order in which they first did.
    public let sources: [String]
    public let statistics: TaskStatistics
    /// What the task's contents depend on beside the store's recipe; nothing where they do not.
    public let origin: [String: String]?
}

/// The table of contents of a trajectory store.
public struct StoreManifest: Codable, Sendable, Hashable {
    public static let supportedVersion = 1
    static let fileName = "manifest.json"

    public let formatVersion: Int
    public let recipe: StoreRecipe
    /// Sorted by name.
    public private(set) var tasks: [StoredTask]

    init(recipe: StoreRecipe) {
        formatVersion = Self.supportedVersion
        self.recipe = recipe
        tasks = []
    }

    /// Reads the manifest of a store.
    ///
    /// - Throws: ``DataError`` where there is none, or it is of another version or malformed.
    init(in folder: URL) throws {
        let url = folder.appendingPathComponent(Self.fileName)
        func fail(_ problem: DataError.Problem) -> DataError { DataError(problem, file: url.path) }
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw DataError(.notAStore, file: folder.path)
        }
        let json: Data
        do { json = try Data(contentsOf: url) } catch { throw fail(.manifest(error.localizedDescription)) }
        do {
            let version = try JSONDecoder().decode(Version.self, from: json).formatVersion
            guard version == Self.supportedVersion else {
                throw fail(.formatVersion(found: version, supported: Self.supportedVersion))
            }
            self = try JSONDecoder().decode(Self.self, from: json)
        } catch let error as DecodingError {
            throw fail(.manifest(error.place))
        }
        let names = tasks.map(\.specification.name)
        guard Set(names).count == names.count else { throw fail(.manifest("a task is there twice")) }
        for task in tasks where task.file != Self.fileName(of: task.specification.name) {
            throw fail(.manifest("the file of task \(task.specification.name) is said to be \(task.file)"))
        }
    }

    /// Enters a task whose file is in place.
    mutating func add(_ task: StoredTask) {
        tasks.append(task)
        tasks.sort { $0.specification.name < $1.specification.name }
    }

    mutating func remove(_ name: String) {
        tasks.removeAll { $0.specification.name == name }
    }

    func contains(_ name: String) -> Bool {
        tasks.contains { $0.specification.name == name }
    }

    /// Replaces the manifest of a store.
    ///
    /// - Throws: `StorageError` if the disk is full or the folder read-only.
    func write(in folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(self), to: folder.appendingPathComponent(Self.fileName))
    }

    static func fileName(of task: String) -> String { task + ".safetensors" }

    private struct Version: Decodable {
        let formatVersion: Int
    }
}

extension DecodingError {
    /// Which key of the text could not be read.
    fileprivate var place: String {
        let context: Context? =
            switch self {
            case .keyNotFound(let key, let context):
                Context(codingPath: context.codingPath + [key], debugDescription: "")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            @unknown default: nil
            }
        let path = context?.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } ?? []
        return path.isEmpty ? "it is not JSON" : "the key \(path.joined(separator: ".")) is missing or of another kind"
    }
}
