import Foundation
import M3DTStorage
import M3DTTensor
import Yams

extension Recipe {
    /// Reads a recipe: the defaults, changed by a file or a built-in recipe, changed by single settings.
    ///
    /// - Parameters:
    ///   - name: The name of a built-in recipe, or a file; `./demo` is a file in any case.
    ///   - settings: Such as `backbone.steps=1000`; the value is read as YAML.
    ///   - device: What the defaults are for.
    /// - Throws: ``RecipeError`` that names the key and the file.
    public init(named name: String, settings: [String] = [], on device: Device = .cpu) throws {
        try self.init(layers: Self.layers(named: name), source: name, settings: settings, device: device)
    }

    /// Reads a recipe from YAML text.
    ///
    /// - Parameter source: What messages call the text.
    /// - Throws: ``RecipeError`` that names the key and the source.
    public init(yaml: String, source: String, settings: [String] = []) throws {
        try self.init(layers: [yaml], source: source, settings: settings, device: .cpu)
    }

    /// - Parameter layers: YAML texts, each of which changes those before it.
    private init(layers: [String], source: String, settings: [String], device: Device) throws {
        var tree = RecipeTree(try Self.node(Recipe(on: device).yaml(), source: "defaults"))
        for layer in layers { try tree.override(with: Self.node(layer, source: source), source: source) }
        for setting in settings { try tree.override(with: Self.node(setting: setting), source: "--set \(setting)") }
        self = try tree.decode(source: settings.isEmpty ? source : "\(source) with --set")
    }

    /// The whole recipe as YAML text, with nothing left out.
    ///
    /// - Throws: Where a number cannot be written as YAML.
    public func yaml() throws -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        return try encoder.encode(self)
    }

    private static func layers(named name: String) throws -> [String] {
        if let layers = BuiltInRecipe.layers(of: name) { return layers }
        if FileManager.default.fileExists(atPath: name) {
            guard let text = try? String(contentsOfFile: name, encoding: .utf8) else {
                throw RecipeError.malformed(file: name, problem: "it cannot be read as text")
            }
            return [text]
        }
        let nearest = NearestName.nearest(to: name, in: BuiltInRecipe.names)
        throw RecipeError.unknownRecipe(name: name, nearest: nearest, builtIn: BuiltInRecipe.summary)
    }

    private static func node(_ text: String, source: String) throws -> Node {
        do {
            return try Yams.compose(yaml: text) ?? Node([:])
        } catch let error as YamlError {
            throw RecipeError.malformed(file: source, problem: "\(error)".replacing("\n", with: " "))
        }
    }

    /// `a.b=1` as the tree `a: {b: 1}`.
    private static func node(setting: String) throws -> Node {
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        let keys = parts.first?.split(separator: ".", omittingEmptySubsequences: false).map(String.init) ?? []
        guard parts.count == 2, !keys.contains("") else { throw RecipeError.malformedOverride(setting) }
        let value = try node(parts[1], source: "--set \(setting)")
        return keys.reversed().reduce(value) { inner, key in Node([(Node(key), inner)]) }
    }
}

/// A recipe as a tree of keys, in which a file may replace values but not invent keys.
private struct RecipeTree {
    private var root: Node

    init(_ root: Node) {
        self.root = root
    }

    mutating func override(with other: Node, source: String) throws {
        root = try merged(root, other, path: [], source: source)
    }

    func decode(source: String) throws -> Recipe {
        do {
            return try YAMLDecoder().decode(Recipe.self, from: root)
        } catch let error as DecodingError {
            throw error.recipeError(source: source)
        }
    }

    private func merged(_ base: Node, _ other: Node, path: [String], source: String) throws -> Node {
        guard case .mapping(var mapping) = base else { return other }
        guard case .mapping(let changes) = other else {
            let key = path.joined(separator: ".")
            throw path.isEmpty
                ? RecipeError.malformed(file: source, problem: "it is not a list of keys and values")
                : RecipeError.value(key: key, problem: "a section with keys of its own is needed", file: source)
        }
        for (key, value) in changes {
            let place = path + [key.string ?? ""]
            guard let old = mapping[key] else {
                let nearest = NearestName.nearest(to: key.string ?? "", in: mapping.keys.compactMap(\.string))
                throw RecipeError.unknownKey(
                    key: place.joined(separator: "."), nearest: nearest.map { (path + [$0]).joined(separator: ".") },
                    file: source)
            }
            mapping[key] = try merged(old, value, path: place, source: source)
        }
        return .mapping(mapping)
    }
}

extension DecodingError {
    fileprivate func recipeError(source: String) -> RecipeError {
        func key(_ context: Context) -> String {
            context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
        }
        return switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            .value(key: key(context), problem: context.debugDescription, file: source)
        case .keyNotFound(let missing, let context):
            .value(key: key(context), problem: "'\(missing.stringValue)' is missing", file: source)
        @unknown default: .malformed(file: source, problem: "\(self)")
        }
    }
}
