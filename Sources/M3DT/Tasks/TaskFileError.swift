/// Why a user's own task cannot be used.
public enum TaskFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file is not there, or is no text.
    case unreadable(file: String)
    /// The text is not YAML, or holds no keys.
    case malformed(file: String, problem: String)
    /// A key that task files do not have.
    case unknownKey(key: String, nearest: String?, known: [String], file: String)
    /// A key that every task needs.
    case missing(key: String, hint: String?, file: String)
    /// A key whose value is of another kind.
    case value(key: String, problem: String, file: String)
    /// A task that has data only is to be played.
    case dataOnly(task: String)

    public var description: String {
        switch self {
        case .unreadable(let file): "\(file): there is no such text file; check the path of the task file"
        case .malformed(let file, let problem): "\(file) is not a task file: \(problem)"
        case .unknownKey(let key, let nearest, let known, let file):
            "\(file): task files have no key '\(key)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; there are \(known.joined(separator: ", "))")
        case .missing(let key, let hint, let file):
            "\(file): the key '\(key)' is missing" + (hint.map { "; give it, \($0)" } ?? "; give it")
        case .value(let key, let problem, let file): "\(file): key '\(key)': \(problem)"
        case .dataOnly(let task):
            "task \(task) has data but no environment, so it cannot be played; "
                + "name its environment in a task file and give that with --task-file"
        }
    }
}
