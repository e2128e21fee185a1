/// Why a task could not be found, chosen or registered.
public enum TaskError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No task or family has the name.
    case unknown(name: String, nearest: String?)
    /// A pattern with `*` or `?` fits no task.
    case nothingMatches(pattern: String)
    /// A task of this name is registered already.
    case duplicate(name: String)
    /// A seeded choice such as `40@1` is not written as COUNT@SEED.
    case malformedChoice(String)
    /// A suite such as `mt50` that there is not.
    case noSuchSuite(String, sizes: [Int])
    /// More tasks are asked for than there are.
    case tooMany(asked: Int, available: Int)
    /// The selection names no task at all.
    case emptySelection
    /// A number of the specification makes no sense.
    case invalidSpecification(name: String, reason: String)

    public var description: String {
        switch self {
        case .unknown(let name, let nearest):
            "there is no task or family of tasks named '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; m3dt tasks lists them all")
        case .nothingMatches(let pattern): "no task's name fits '\(pattern)'; m3dt tasks lists them all"
        case .duplicate(let name): "a task named '\(name)' is registered already; choose another name"
        case .malformedChoice(let text):
            "'\(text)' is no choice of tasks; write COUNT@SEED, such as 40@1 for 40 tasks chosen with seed 1"
        case .noSuchSuite(let word, let sizes):
            "there is no suite '\(word)'; there are " + sizes.map { "mt\($0)" }.joined(separator: ", ")
        case .tooMany(let asked, let available):
            "\(asked) tasks are asked for, but there are \(available) to choose from"
        case .emptySelection:
            "no task is named; give a name, a family, a suite such as mt40, a pattern such as ant-dir-0* or COUNT@SEED"
        case .invalidSpecification(let name, let reason): "task '\(name)' cannot be registered: \(reason)"
        }
    }
}
