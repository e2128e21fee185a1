import Foundation
import M3DTData
import M3DTStorage
import M3DTTraining

/// Where a run keeps everything: recipe, versions, metrics, stages, policy, evaluation, report.
public struct RunFolder: Sendable {
    public let url: URL

    public init(_ url: URL) {
        self.url = url
    }

    /// The resolved recipe.
    public var configuration: URL { url.appendingPathComponent("config.yaml") }
    public var versions: URL { url.appendingPathComponent(Versions.fileName) }
    /// The checksums of the data.
    public var data: URL { url.appendingPathComponent("data.json") }
    public var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
    public var tensorBoard: URL { url.appendingPathComponent("tensorboard") }
    public var backbone: URL { url.appendingPathComponent("backbone") }
    public var grouping: URL { url.appendingPathComponent("grouping.json") }
    public var experts: URL { url.appendingPathComponent("experts") }
    public var router: URL { url.appendingPathComponent("router") }
    public var joint: URL { url.appendingPathComponent("joint") }
    public var agents: URL { url.appendingPathComponent("agents") }
    public var fineTune: URL { url.appendingPathComponent("fine-tune") }
    /// The policy that the run goes on from, where it adds tasks or fine-tunes.
    public var base: URL { url.appendingPathComponent("base") }
    public var policy: URL { url.appendingPathComponent("policy") }
    public var evaluation: URL { url.appendingPathComponent("evaluation") }
    public var gates: URL { url.appendingPathComponent("gates.csv") }
    /// The scores before and after, where the run adds tasks or fine-tunes.
    public var changes: URL { url.appendingPathComponent("changes.csv") }
    public var pictures: URL { url.appendingPathComponent("pictures") }
    public var report: URL { url.appendingPathComponent("report.html") }

    /// The folder holds a run.
    public var isRun: Bool { FileManager.default.fileExists(atPath: configuration.path) }

    /// The recipe of the run in the folder.
    ///
    /// - Throws: ``RunError/noRun(folder:)`` where there is none, ``RecipeError`` where it cannot be read.
    public func recipe() throws -> Recipe {
        guard isRun else { throw RunError.noRun(folder: url.path) }
        return try Recipe(named: configuration.path)
    }

    /// Begins a run, or checks that the one in the folder is the same.
    ///
    /// - Throws: ``RunError`` where the folder holds another run, ``StorageError`` where it cannot be written.
    func open(_ recipe: Recipe, data hashes: [String: String]) throws {
        guard isRun else { return try create(recipe, data: hashes) }
        let existing = try self.recipe()
        guard existing == recipe else {
            throw RunError.otherRecipe(folder: url.path, lines: try Self.differences(existing, recipe))
        }
        let known = try self.hashes()
        if let task = hashes.keys.sorted().first(where: { known[$0] != hashes[$0] }) {
            throw RunError.otherData(folder: url.path, task: task)
        }
    }

    /// The checksums of the data that the run is on.
    ///
    /// - Throws: Where the file is missing or damaged.
    func hashes() throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(contentsOf: data))
    }

    /// Writes the files that identify a run; the recipe last, since it is what makes the folder a run.
    private func create(_ recipe: Recipe, data hashes: [String: String]) throws {
        try Folder.create(url)
        try Versions.current.write(to: versions)
        try writeJSON(hashes, to: data)
        try AtomicFile.write(recipe.yaml(), to: configuration)
    }

    /// Forgets the given stage and all that was built on it.
    ///
    /// - Throws: ``StorageError`` where something cannot be removed.
    func discard(from stage: StageKind) throws {
        let later: [(StageKind, [URL])] = [
            (.backbone, [backbone]), (.group, [grouping]), (.experts, [experts]), (.router, [router, gates]),
            (.joint, [joint, gates]), (.agents, [agents]), (.fineTune, [fineTune, gates]),
        ]
        let first = later.firstIndex { $0.0 == stage } ?? 0
        for folder in [policy] + later[first...].flatMap(\.1) where FileManager.default.fileExists(atPath: folder.path)
        {
            try FileManager.default.removeItem(at: folder)
        }
    }

    /// Writes a value as JSON, atomically.
    ///
    /// - Throws: ``StorageError`` where the file cannot be written.
    func writeJSON(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(value), to: file)
    }

    /// The lines of two recipes that differ, at most three.
    private static func differences(_ old: Recipe, _ new: Recipe) throws -> [String] {
        let (before, after) = (try old.yaml().split(separator: "\n"), try new.yaml().split(separator: "\n"))
        return zip(before, after).filter { $0 != $1 }.prefix(3)
            .map { "\($0.trimmed) there, \($1.trimmed) here" }
    }
}

extension Substring {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
