import M3DTStorage
import Yams

/// A place in a study file: a value and how one gets to it.
struct StudyNode {
    let node: Node
    /// Such as `methods.2.recipe`.
    let path: String
    let file: String

    /// Reads YAML text.
    ///
    /// - Throws: ``StudyError/malformed(file:problem:)``.
    init(yaml: String, file: String) throws {
        do {
            self.init(node: try Yams.compose(yaml: yaml) ?? Node([:]), path: "", file: file)
        } catch let error as YamlError {
            throw StudyError.malformed(file: file, problem: "\(error)".replacing("\n", with: " "))
        }
    }

    private init(node: Node, path: String, file: String) {
        (self.node, self.path, self.file) = (node, path, file)
    }

    var isMapping: Bool { node.mapping != nil }

    /// The values under the keys that are there.
    ///
    /// - Throws: ``StudyError`` for a key that is not among the known ones, or for a value without keys.
    func section(_ known: [String]) throws -> [String: StudyNode] {
        guard let mapping = node.mapping else {
            throw path.isEmpty
                ? StudyError.malformed(file: file, problem: "it is not a list of keys and values")
                : problem("a section with keys of its own is needed")
        }
        var found: [String: StudyNode] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            guard known.contains(name) else {
                let nearest = NearestName.nearest(to: name, in: known).map(place)
                throw StudyError.unknownKey(key: place(name), nearest: nearest, file: file)
            }
            found[name] = StudyNode(node: value, path: place(name), file: file)
        }
        return found
    }

    /// The values of a list; a value that is no list stands for a list of one.
    var list: [StudyNode] {
        guard let sequence = node.sequence else { return [self] }
        return sequence.enumerated().map { StudyNode(node: $1, path: place("\($0 + 1)"), file: file) }
    }

    /// - Throws: ``StudyError/value(key:problem:file:)`` for anything but a word.
    func text() throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw problem("a word is needed") }
        return text
    }

    /// - Throws: ``StudyError/value(key:problem:file:)`` for anything but a whole number from `least` on.
    func number<Number: FixedWidthInteger>(least: Number = 1) throws -> Number {
        guard let number = node.scalar.flatMap({ Number($0.string) }), number >= least else {
            throw problem("a whole number from \(least) on is needed")
        }
        return number
    }

    /// Settings of a recipe, such as `backbone.steps=100`, of a section whose keys may hold dots or sections of their own.
    ///
    /// - Throws: ``StudyError/value(key:problem:file:)`` for anything but a section.
    func settings(under prefix: String = "") throws -> [String] {
        guard let mapping = node.mapping else { throw problem("a section with keys of its own is needed") }
        return try mapping.flatMap { key, value in
            let name = prefix + (key.string ?? "")
            if value.mapping != nil {
                return try StudyNode(node: value, path: place(name), file: file).settings(under: name + ".")
            }
            return ["\(name)=\(Self.flow(value))"]
        }
    }

    func problem(_ text: String) -> StudyError { .value(key: path, problem: text, file: file) }

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// A value on one line.
    private static func flow(_ node: Node) -> String {
        if let sequence = node.sequence { return "[" + sequence.map(flow).joined(separator: ", ") + "]" }
        return node.scalar?.string ?? ""
    }
}
