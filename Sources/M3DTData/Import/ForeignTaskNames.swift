import M3DTStorage
import M3DTTasks

/// Finds out which task the name in another project's files means.
struct ForeignTaskNames {
    /// What a foreign name means.
    enum Meaning: Equatable {
        case known(TaskSpecification)
        /// No registered task: the name that it is given here.
        case new(String)
    }

    private let registry: TaskRegistry
    private let renames: [String: String]
    private let byNormalForm: [String: TaskSpecification]

    /// - Parameter renames: Of each foreign name the name that it is given here.
    init(registry: TaskRegistry, renames: [String: String] = [:]) {
        self.registry = registry
        self.renames = renames
        byNormalForm = Dictionary(
            registry.tasks.map { (Self.normalForm($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads `FROM=TO`.
    ///
    /// - Throws: ``DataError`` where a text has another form.
    static func renames(_ texts: [String]) throws -> [String: String] {
        try Dictionary(
            texts.map { text in
                let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, !parts.contains("") else { throw DataError(.malformedRename(text)) }
                return (parts[0], parts[1])
            }, uniquingKeysWith: { $1 })
    }

    /// The meaning of each foreign task, in order.
    ///
    /// - Throws: ``DataError`` where a rename is of no task, or two foreign tasks mean the same.
    func meanings(of tasks: [ForeignTask]) throws -> [Meaning] {
        let names = tasks.map(\.name)
        for name in renames.keys.sorted() where !names.contains(name) {
            throw DataError(.unknownForeignTask(nearest: NearestName.nearest(to: name, in: names)), task: name)
        }
        let meanings = names.map(meaning)
        var taken: [String: String] = [:]
        for (name, meaning) in zip(names, meanings) {
            if let other = taken.updateValue(name, forKey: meaning.name) {
                throw DataError(.sameMeaning(other, name), task: meaning.name)
            }
        }
        return meanings
    }

    private func meaning(of foreign: String) -> Meaning {
        let name = renames[foreign] ?? foreign
        if let task = try? registry.task(named: name) { return .known(task) }
        if renames[foreign] == nil, let task = byNormalForm[Self.normalForm(name)] { return .known(task) }
        return .new(Self.usable(name))
    }

    /// What all spellings of a task's name share: `cheetah_vel-7` and `cheetah-vel-07`, `mw-reach` and `reach-v2`.
    static func normalForm(_ name: String) -> String {
        var words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        if let first = words.first, words.count > 1, ["mw", "metaworld", "dmc", "dmcontrol"].contains(first) {
            words.removeFirst()
        }
        if let last = words.last, words.count > 1, last.first == "v", Int(last.dropFirst()) != nil {
            words.removeLast()
        }
        return words.map { Int($0).map(String.init) ?? $0 }.joined(separator: "-")
    }

    /// The name with everything replaced that the name of a file could not hold.
    private static func usable(_ name: String) -> String {
        let allowed = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
        return String(allowed.drop { $0 == "." || $0 == "-" })
    }
}

extension ForeignTaskNames.Meaning {
    var name: String {
        switch self {
        case .known(let task): task.name
        case .new(let name): name
        }
    }
}
