import Foundation
import M3DTStorage
import M3DTTasks

/// The demonstrators that are at hand, from best to poorest for each task.
///
/// On disk it is a folder of two files: `demonstrators.json`, which says for each task who there is, and
/// `policies.safetensors` with the weights, each A x (F + 1). Tasks may share weights.
public struct DemonstratorLibrary: Sendable, Hashable {
    private var byTask: [String: [StoredDemonstrator]] = [:]

    public init(_ demonstrators: [StoredDemonstrator] = []) {
        byTask = Dictionary(grouping: demonstrators, by: \.task)
            .mapValues { $0.sorted { ($1.meanReturn, $0.label) < ($0.meanReturn, $1.label) } }
    }

    /// The names of the tasks that have demonstrators, sorted.
    public var tasks: [String] { byTask.keys.sorted() }

    /// A task's demonstrators, the best first; none where there are none.
    public func demonstrators(for task: TaskSpecification) -> [StoredDemonstrator] { byTask[task.name] ?? [] }

    /// The library with another's demonstrators in place of its own, for the tasks of that one.
    public func updated(with other: DemonstratorLibrary) -> DemonstratorLibrary {
        var updated = self
        updated.byTask.merge(other.byTask) { $1 }
        return updated
    }

    /// A table of all demonstrators with a line for each, as comma-separated values.
    public var table: String {
        let rows = tasks.flatMap { byTask[$0] ?? [] }.map { demonstrator in
            "\(demonstrator.task),\(demonstrator.label),"
                + [demonstrator.meanReturn, demonstrator.meanScore].map { String(format: "%.1f", $0) }
                .joined(separator: ",")
        }
        return (["task,demonstrator,mean_return,mean_score"] + rows).joined(separator: "\n") + "\n"
    }

    /// The demonstrator of a task with the given label.
    ///
    /// - Throws: ``SimulationError/noDemonstrator(task:label:known:)``.
    public func demonstrator(for task: TaskSpecification, label: String) throws -> StoredDemonstrator {
        let known = demonstrators(for: task)
        guard let found = known.first(where: { $0.label == label }) else {
            throw SimulationError.noDemonstrator(task: task.name, label: label, known: known.map(\.label))
        }
        return found
    }
}

extension DemonstratorLibrary {
    private struct Entry: Codable {
        let label: String
        let meanReturn: Double
        let meanScore: Double
        let policy: String
    }

    private static let indexName = "demonstrators.json"
    private static let weightsName = "policies.safetensors"

    /// The demonstrators that ship with the package.
    ///
    /// - Throws: As ``init(folder:)``.
    public static func load() throws -> DemonstratorLibrary {
        try DemonstratorLibrary(folder: Bundle.module.bundleURL.appendingPathComponent("Policies"))
    }

    /// Reads a folder that ``write(to:)`` made, or makes an empty library where it holds none.
    ///
    /// - Throws: As ``init(folder:)``.
    public static func load(orEmpty folder: URL) throws -> DemonstratorLibrary {
        let index = folder.appendingPathComponent(indexName)
        return FileManager.default.fileExists(atPath: index.path)
            ? try DemonstratorLibrary(folder: folder) : DemonstratorLibrary()
    }

    /// Reads a folder that ``write(to:)`` made.
    ///
    /// - Throws: ``SimulationError/demonstratorsUnreadable(path:reason:)``, or a storage error that names the file.
    public init(folder: URL) throws {
        let index = folder.appendingPathComponent(Self.indexName)
        let weights = try SafetensorsFile(contentsOf: folder.appendingPathComponent(Self.weightsName))
        let entries: [String: [Entry]]
        do {
            entries = try JSONDecoder().decode([String: [Entry]].self, from: Data(contentsOf: index))
        } catch {
            throw SimulationError.demonstratorsUnreadable(path: index.path, reason: "\(error)")
        }
        self.init(
            try entries.flatMap { task, entries in
                try entries.map { entry in
                    StoredDemonstrator(
                        task: task, label: entry.label, meanReturn: entry.meanReturn, meanScore: entry.meanScore,
                        policy: try Self.policy(entry.policy, in: weights))
                }
            })
    }

    /// Writes the library to a folder, the same bytes for the same demonstrators.
    ///
    /// - Throws: A storage error that names the file.
    public func write(to folder: URL) throws {
        var names: [LinearPolicy: String] = [:]
        var tensors: [SafetensorsTensor] = []
        var entries: [String: [Entry]] = [:]
        for task in tasks {
            for demonstrator in byTask[task] ?? [] {
                let policy = demonstrator.policy
                let name = names[policy] ?? "policy-\(names.count)"
                if names.updateValue(name, forKey: policy) == nil {
                    let shape = [policy.actionWidth, policy.featureWidth + 1]
                    tensors.append(
                        SafetensorsTensor(name: name, shape: shape, values: policy.weights.map { Float($0) }))
                }
                let entry = Entry(
                    label: demonstrator.label, meanReturn: demonstrator.meanReturn, meanScore: demonstrator.meanScore,
                    policy: name)
                entries[task, default: []].append(entry)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try SafetensorsWriter.write(to: folder.appendingPathComponent(Self.weightsName), tensors: tensors)
        try AtomicFile.write(try encoder.encode(entries), to: folder.appendingPathComponent(Self.indexName))
    }

    private static func policy(_ name: String, in file: SafetensorsFile) throws -> LinearPolicy {
        let shape = try file.entry(name).shape
        guard shape.count == 2, shape[0] > 0, shape[1] > 1 else {
            throw SimulationError.demonstratorsUnreadable(
                path: file.url.path, reason: "the weights \(name) have shape \(shape), not A x (F + 1)")
        }
        let weights = try file.array(name, as: Float.self).map { Double($0) }
        guard weights.allSatisfy({ $0.isFinite }) else {
            throw SimulationError.demonstratorsUnreadable(
                path: file.url.path, reason: "the weights \(name) are not all finite")
        }
        return LinearPolicy(featureWidth: shape[1] - 1, actionWidth: shape[0], weights: weights)
    }
}
