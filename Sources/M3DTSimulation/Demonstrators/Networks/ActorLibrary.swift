import Foundation
import M3DTStorage
import M3DTTasks

/// A demonstrator that an actor-critic trained, as it ships with the package.
public struct StoredActor: Sendable, Hashable {
    public let task: String
    /// Who it is, such as `sac:best`; trajectories carry it as their source.
    public let label: String
    /// Its mean return when it was stored, without action noise.
    public let meanReturn: Double
    public let policy: NetworkPolicy

    public init(task: String, label: String, meanReturn: Double, policy: NetworkPolicy) {
        (self.task, self.label, self.meanReturn, self.policy) = (task, label, meanReturn, policy)
    }
}

/// The trained actors that are at hand, from best to poorest for each task.
///
/// On disk it is one safetensors file: `<task>/<label>/<layer>.weights`, out x in, and `.biases`, in half precision; the
/// returns are in the metadata.
public struct ActorLibrary: Sendable, Hashable {
    private var byTask: [String: [StoredActor]] = [:]

    public init(_ actors: [StoredActor] = []) {
        byTask = Dictionary(grouping: actors, by: \.task)
            .mapValues { $0.sorted { ($1.meanReturn, $0.label) < ($0.meanReturn, $1.label) } }
    }

    /// The names of the tasks that have actors, sorted.
    public var tasks: [String] { byTask.keys.sorted() }

    /// A task's actors, the best first; none where there are none.
    public func actors(for task: TaskSpecification) -> [StoredActor] { byTask[task.name] ?? [] }

    /// The library with another's actors in place of its own, for the tasks of that one.
    public func updated(with other: ActorLibrary) -> ActorLibrary {
        var updated = self
        updated.byTask.merge(other.byTask) { $1 }
        return updated
    }
}

extension ActorLibrary {
    /// The file's name inside the folder of demonstrators.
    public static let fileName = "actors.safetensors"

    /// The actors that ship with the package.
    ///
    /// - Throws: As ``init(file:)``.
    public static func load() throws -> ActorLibrary {
        try ActorLibrary(file: Bundle.module.bundleURL.appendingPathComponent("Policies/" + fileName))
    }

    /// Reads the file of a folder that ``write(to:)`` made, or makes an empty library where it holds none.
    ///
    /// - Throws: As ``init(file:)``.
    public static func load(orEmpty folder: URL) throws -> ActorLibrary {
        let file = folder.appendingPathComponent(fileName)
        return FileManager.default.fileExists(atPath: file.path) ? try ActorLibrary(file: file) : ActorLibrary()
    }

    /// Reads a file that ``write(to:)`` made.
    ///
    /// - Throws: ``SimulationError/demonstratorsUnreadable(path:reason:)``, or a storage error that names the file.
    public init(file url: URL) throws {
        let file = try SafetensorsFile(contentsOf: url)
        self.init(
            try file.metadata.sorted { $0.key < $1.key }.map { key, value in
                let parts = key.split(separator: "/").map(String.init)
                guard parts.count == 2, let meanReturn = Double(value), meanReturn.isFinite else {
                    throw Self.unreadable(file, "'\(key)': '\(value)' is no return of a task's actor")
                }
                return StoredActor(
                    task: parts[0], label: parts[1], meanReturn: meanReturn, policy: try Self.policy(key, in: file))
            })
    }

    /// Writes the library, the same bytes for the same actors; weights are rounded to half precision
    /// (``NetworkPolicy/rounded``).
    ///
    /// - Throws: A storage error that names the file.
    public func write(to url: URL) throws {
        var (metadata, tensors): ([String: String], [SafetensorsTensor]) = ([:], [])
        for actor in tasks.flatMap({ byTask[$0] ?? [] }) {
            let name = actor.task + "/" + actor.label
            metadata[name] = "\(actor.meanReturn)"
            for (index, layer) in actor.policy.layers.enumerated() {
                let shape = [layer.biases.count, layer.inputWidth]
                let (weights, biases) = (layer.weights.map { Float16($0) }, layer.biases.map { Float16($0) })
                tensors.append(SafetensorsTensor(name: "\(name)/\(index).weights", shape: shape, values: weights))
                tensors.append(SafetensorsTensor(name: "\(name)/\(index).biases", shape: [shape[0]], values: biases))
            }
        }
        try SafetensorsWriter.write(to: url, metadata: metadata, tensors: tensors)
    }

    private static func policy(_ name: String, in file: SafetensorsFile) throws -> NetworkPolicy {
        var layers: [NetworkPolicy.Layer] = []
        while file.entries["\(name)/\(layers.count).weights"] != nil {
            let key = "\(name)/\(layers.count)"
            let shape = try file.entry(key + ".weights").shape
            let weights = try file.array(key + ".weights", as: Float16.self).map { Float($0) }
            let biases = try file.array(key + ".biases", as: Float16.self).map { Float($0) }
            guard shape.count == 2, shape.allSatisfy({ $0 > 0 }), biases.count == shape[0] else {
                throw unreadable(file, "the layer \(key) has shapes \(shape) and \([biases.count]), not [M, N] and [M]")
            }
            guard weights.allSatisfy(\.isFinite), biases.allSatisfy(\.isFinite) else {
                throw unreadable(file, "the layer \(key) is not all finite")
            }
            layers.append(NetworkPolicy.Layer(weights: weights, biases: biases))
        }
        guard !layers.isEmpty else { throw unreadable(file, "'\(name)' has no layers") }
        guard NetworkPolicy.chain(layers) else { throw unreadable(file, "the layers of '\(name)' do not fit together") }
        return NetworkPolicy(layers: layers)
    }

    private static func unreadable(_ file: SafetensorsFile, _ reason: String) -> SimulationError {
        .demonstratorsUnreadable(path: file.url.path, reason: reason)
    }
}
