import Foundation
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import Yams

/// A user's own task, as a small YAML file describes it. See `Docs/tasks.md`.
public struct TaskFile: Sendable, Hashable {
    public let task: TaskSpecification
    /// What plays it; nothing for a task that has data only.
    public let environment: PythonEnvironment?

    /// Reads a file.
    ///
    /// - Throws: ``TaskFileError`` that names the file and the key.
    public init(contentsOf url: URL) throws {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw TaskFileError.unreadable(file: url.path)
        }
        try self.init(yaml: text, source: url.path, folder: url.deletingLastPathComponent())
    }

    /// Reads YAML text.
    ///
    /// - Parameters:
    ///   - source: What messages call the text.
    ///   - folder: What relative paths of the environment start from.
    /// - Throws: ``TaskFileError``.
    public init(yaml: String, source: String, folder: URL? = nil) throws {
        let tree: Node?
        do {
            tree = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw TaskFileError.malformed(file: source, problem: "\(error)".replacing("\n", with: " "))
        }
        let keys = try TaskFileKeys(tree, file: source)
        task = try Self.task(keys)
        environment = try keys.section(.environment).map { try Self.environment($0, folder: folder) }
    }

    private static func task(_ keys: TaskFileKeys) throws -> TaskSpecification {
        let target = try keys.required(.targetReturn, Double.self)
        let task = TaskSpecification(
            name: try keys.required(.name, String.self), domain: .custom,
            observationWidth: try keys.required(.observationWidth, Int.self),
            actionWidth: try keys.required(.actionWidth, Int.self),
            episodeSteps: try keys.required(.episodeSteps, Int.self), targetReturn: target,
            returnScale: try keys.optional(.returnScale, Double.self) ?? (target == 0 ? 1 : abs(target)),
            score: try score(keys, target: target),
            evaluationEpisodes: try keys.optional(.evaluationEpisodes, Int.self) ?? 10)
        // Registering it checks the numbers.
        _ = try TaskRegistry([task])
        return task
    }

    /// `success`, or the returns that score 0 and 100; these by default are 0 and the target.
    private static func score(_ keys: TaskFileKeys, target: Double) throws -> ScoreRule {
        if keys.text(.score) == "success" { return .success }
        guard let section = try keys.section(.score) else {
            guard target > 0 else {
                throw TaskFileError.missing(key: "score", hint: "such as {worst: -100, best: 0}", file: keys.file)
            }
            return .linear(offset: 0, range: target)
        }
        let (worst, best) = (try section.required(.worst, Double.self), try section.required(.best, Double.self))
        guard best > worst else {
            throw TaskFileError.value(key: "score", problem: "best must be more than worst", file: keys.file)
        }
        return .linear(offset: -worst, range: best - worst)
    }

    private static func environment(_ keys: TaskFileKeys, folder: URL?) throws -> PythonEnvironment {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path, relativeTo: folder).absoluteURL.path }
        // A name without a slash is looked up on the path.
        let python = try keys.optional(.python, String.self).map { $0.contains("/") ? resolved($0) : $0 }
        return PythonEnvironment(
            library: try keys.optional(.library, PythonEnvironment.Library.self) ?? .gymnasium,
            id: try keys.required(.id, String.self),
            arguments: try keys.optional(.arguments, [String: PythonArgument].self) ?? [:],
            python: python, paths: try (keys.optional(.paths, [String].self) ?? []).map(resolved))
    }
}

/// The keys of one level of a task file.
struct TaskFileKeys {
    enum Key: String, CaseIterable {
        case name, observationWidth, actionWidth, episodeSteps, targetReturn, returnScale, score, evaluationEpisodes
        case environment
        case worst, best
        case library, id, arguments, python, paths

        /// The keys of a section; of the file itself where it is nothing.
        static func keys(of section: Key?) -> [Key] {
            switch section {
            case .score: [.worst, .best]
            case .environment: [.library, .id, .arguments, .python, .paths]
            default:
                [
                    .name, .observationWidth, .actionWidth, .episodeSteps, .targetReturn, .returnScale, .score,
                    .evaluationEpisodes, .environment,
                ]
            }
        }
    }

    let file: String
    private let section: Key?
    private let mapping: Node.Mapping

    /// - Throws: ``TaskFileError`` where the node is no list of keys and values, or has a key that task files do not.
    init(_ node: Node?, section: Key? = nil, file: String) throws {
        guard case .mapping(let mapping)? = node else {
            guard let section else {
                throw TaskFileError.malformed(file: file, problem: "it is not a list of keys and values")
            }
            let problem =
                section == .score ? "it is neither success nor {worst: , best: }" : "keys and values are needed"
            throw TaskFileError.value(key: section.rawValue, problem: problem, file: file)
        }
        (self.mapping, self.section, self.file) = (mapping, section, file)
        let known = Key.keys(of: section).map(\.rawValue)
        for key in mapping.keys.map({ $0.string ?? "" }) where !known.contains(key) {
            throw TaskFileError.unknownKey(
                key: place(key), nearest: NearestName.nearest(to: key, in: known).map(place), known: known, file: file)
        }
    }

    /// - Throws: ``TaskFileError`` where the key is missing or of another kind.
    func required<Value: Decodable>(_ key: Key, _ type: Value.Type) throws -> Value {
        guard let value = try optional(key, type) else {
            throw TaskFileError.missing(key: place(key.rawValue), hint: nil, file: file)
        }
        return value
    }

    /// - Throws: ``TaskFileError`` where the key's value is of another kind.
    func optional<Value: Decodable>(_ key: Key, _ type: Value.Type) throws -> Value? {
        guard let node = mapping[key.rawValue] else { return nil }
        do {
            return try YAMLDecoder().decode(type, from: node)
        } catch {
            throw TaskFileError.value(key: place(key.rawValue), problem: Self.wanted(type), file: file)
        }
    }

    /// - Throws: ``TaskFileError`` where the section has a key that task files do not.
    func section(_ key: Key) throws -> TaskFileKeys? {
        try mapping[key.rawValue].map { try TaskFileKeys($0, section: key, file: file) }
    }

    func text(_ key: Key) -> String? { mapping[key.rawValue]?.scalar?.string }

    private func place(_ key: String) -> String { section.map { "\($0.rawValue).\(key)" } ?? key }

    private static func wanted(_ type: Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number is needed"
        case is Double.Type: "a number is needed"
        case is PythonEnvironment.Library.Type:
            "one of \(PythonEnvironment.Library.allCases.map(\.rawValue).joined(separator: ", ")) is needed"
        case is [String].Type: "a list of texts is needed"
        case is [String: PythonArgument].Type: "names and values are needed"
        default: "a text is needed"
        }
    }
}
