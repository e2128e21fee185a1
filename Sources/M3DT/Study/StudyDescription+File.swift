import Foundation
import M3DTStorage
import Yams

// The file of a study; Docs/study.md describes its keys.
extension StudyDescription {
    /// Reads a study file.
    ///
    /// - Throws: ``StudyError`` that names the key and the file.
    public init(contentsOf url: URL) throws {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            guard FileManager.default.fileExists(atPath: url.path) else {
                throw StorageError.missingFile(path: url.path)
            }
            throw StudyError.malformed(file: url.path, problem: "it cannot be read as text")
        }
        try self.init(yaml: text, source: url.lastPathComponent)
    }

    /// Reads a study from YAML text.
    ///
    /// - Parameter source: What messages call the text.
    /// - Throws: ``StudyError`` that names the key and the source.
    public init(yaml: String, source: String) throws {
        let root = try StudyNode(yaml: yaml, file: source)
        let keys = try root.section([
            "name", "data", "methods", "tasks", "seeds", "steps", "evaluation", "set", "baseline", "jobs", "keep",
        ])
        func needed(_ key: String) throws -> StudyNode {
            guard let node = keys[key] else { throw StudyError.missingKey(key: key, file: source) }
            return node
        }
        self.init(
            name: try needed("name").name(), data: try needed("data").text(),
            methods: try needed("methods").list.map(Method.init), tasks: try needed("tasks").list.map(Tasks.init))
        if let node = keys["seeds"] { seeds = try node.seeds() }
        steps = try keys["steps"]?.number()
        settings = try keys["set"]?.settings() ?? []
        if let node = keys["evaluation"] {
            _ = try node.section(["episodes", "seeds", "slots"])
            settings += try node.settings(under: "evaluation.")
        }
        baseline = try keys["baseline"]?.text()
        jobs = try keys["jobs"]?.number()
        if let node = keys["keep"] { keep = try node.keep() }
        for (key, isEmpty) in [("methods", methods.isEmpty), ("tasks", tasks.isEmpty)] where isEmpty {
            throw StudyError.missingKey(key: key, file: source)
        }
    }

    /// The study as YAML text, which gives the same study when it is read.
    ///
    /// - Throws: Where a value cannot be written as YAML.
    public func yaml() throws -> String {
        var pairs: [(Node, Node)] = [(Node("name"), Node(name)), (Node("data"), Node(data))]
        func add(_ key: String, _ value: Node?) { if let value { pairs.append((Node(key), value)) } }
        add("tasks", Node(try tasks.map { try $0.node() }))
        add("methods", Node(try methods.map { try $0.node() }))
        add("seeds", Self.node(seeds))
        add("steps", steps.map { Node("\($0)") })
        add("set", try Self.node(settings: settings))
        add("baseline", baseline.map { Node($0) })
        add("jobs", jobs.map { Node("\($0)") })
        add("keep", Node(keep.rawValue))
        return try Yams.serialize(node: Node(pairs))
    }

    fileprivate static func node(_ numbers: [some BinaryInteger]?) -> Node? {
        numbers.map { Node($0.map { Node("\($0)") }, .implicit, .flow) }
    }

    fileprivate static func node(settings: [String]) throws -> Node? {
        guard !settings.isEmpty else { return nil }
        return Node(
            try settings.map { setting in
                let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (Node(String(parts[0])), try Yams.compose(yaml: String(parts[1])) ?? Node(""))
            })
    }
}

extension StudyDescription.Method {
    /// A word is a recipe; a section says more.
    fileprivate init(_ node: StudyNode) throws {
        guard node.isMapping else {
            self.init(recipe: try node.text())
            return
        }
        let keys = try node.section(["recipe", "label", "set", "experts", "tasks", "seeds"])
        guard let recipe = keys["recipe"] else { throw node.problem("the key 'recipe' is missing") }
        self.init(
            recipe: try recipe.text(), label: try keys["label"]?.text(),
            settings: try keys["set"]?.settings() ?? [],
            experts: try keys["experts"]?.list.map { try $0.number() } ?? [],
            tasks: try keys["tasks"]?.list.map { try $0.text() } ?? [], seeds: try keys["seeds"]?.seeds())
    }

    fileprivate func node() throws -> Node {
        var pairs: [(Node, Node?)] = [(Node("recipe"), Node(recipe))]
        pairs += [
            (Node("label"), label.map { Node($0) }),
            (Node("set"), try StudyDescription.node(settings: settings)),
            (Node("experts"), experts.isEmpty ? nil : StudyDescription.node(experts)),
            (Node("tasks"), tasks.isEmpty ? nil : Node(tasks.map { Node($0) }, .implicit, .flow)),
            (Node("seeds"), StudyDescription.node(seeds)),
        ]
        return Node(pairs.compactMap { key, value in value.map { (key, $0) } })
    }
}

extension StudyDescription.Tasks {
    /// A word or number names tasks; a section says more.
    fileprivate init(_ node: StudyNode) throws {
        guard node.isMapping else {
            let word = try node.text()
            self.init(name: Self.name(of: [word]), words: [Self.choice(word)])
            return
        }
        let keys = try node.section(["name", "tasks", "seeds", "steps", "set"])
        guard let words = try keys["tasks"]?.list.map({ try $0.text() }), !words.isEmpty else {
            throw node.problem("the key 'tasks' is missing")
        }
        self.init(
            name: try keys["name"]?.name() ?? Self.name(of: words), words: words.map(Self.choice),
            seeds: try keys["seeds"]?.seeds(), steps: try keys["steps"]?.number(),
            settings: try keys["set"]?.settings() ?? [])
    }

    /// A plain number is that many of the data's tasks.
    private static func choice(_ word: String) -> String { Int(word) == nil ? word : "\(word)@0" }

    /// A name that is a folder's as well.
    private static func name(of words: [String]) -> String {
        words.joined(separator: "+").replacing("/", with: "-").replacing("*", with: "x").replacing("?", with: "x")
    }

    fileprivate func node() throws -> Node {
        let pairs: [(Node, Node?)] = [
            (Node("name"), Node(name)), (Node("tasks"), Node(words.map { Node($0) }, .implicit, .flow)),
            (Node("seeds"), StudyDescription.node(seeds)), (Node("steps"), steps.map { Node("\($0)") }),
            (Node("set"), try StudyDescription.node(settings: settings)),
        ]
        return Node(pairs.compactMap { key, value in value.map { (key, $0) } })
    }
}

extension StudyNode {
    /// A word that can be the name of a folder.
    fileprivate func name() throws -> String {
        let name = try text()
        guard !name.contains("/"), !name.hasPrefix(".") else {
            throw problem("a name may not hold / or begin with a dot")
        }
        return name
    }

    fileprivate func seeds() throws -> [UInt64] {
        let seeds: [UInt64] = try list.map { try $0.number(least: 0) }
        guard !seeds.isEmpty, Set(seeds).count == seeds.count else { throw problem("different numbers are needed") }
        return seeds
    }

    fileprivate func keep() throws -> StudyDescription.Keep {
        guard let keep = StudyDescription.Keep(rawValue: try text()) else {
            throw problem("one of \(StudyDescription.Keep.allCases.map(\.rawValue).joined(separator: ", ")) is needed")
        }
        return keep
    }
}
