/// Why a study cannot be planned or run, or that a part of it failed.
public enum StudyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text is not YAML, or the file cannot be read.
    case malformed(file: String, problem: String)
    /// A key that studies do not have.
    case unknownKey(key: String, nearest: String?, file: String)
    /// A key that a study must have.
    case missingKey(key: String, file: String)
    /// A key whose value is of another kind.
    case value(key: String, problem: String, file: String)
    /// A name that stands for nothing in the study.
    case unknownName(key: String, name: String, nearest: String?, known: [String])
    /// Two methods or sets of tasks of one name.
    case twice(what: String, name: String)
    /// The data lacks tasks of a set.
    case tasksNotInData(set: String, tasks: [String], data: String)
    /// More experts than tasks that they could share out.
    case tooManyExperts(method: String, experts: Int, set: String, tasks: Int)
    /// A stage would have no step.
    case tooFewSteps(method: String, set: String, steps: Int)
    /// The folder holds no study.
    case noStudy(folder: String)
    /// Another process runs the study.
    case busy(folder: String)
    /// A run could not be trained or evaluated; the others were.
    case cellsFailed(failed: Int, of: Int)

    public var description: String {
        switch self {
        case .malformed(let file, let problem): "\(file) is not a study: \(problem)"
        case .unknownKey(let key, let nearest, let file): "\(file): studies have no key '\(key)'\(suggestion(nearest))"
        case .missingKey(let key, let file): "\(file): the key '\(key)' is missing"
        case .value(let key, let problem, let file): "\(file): key '\(key)': \(problem)"
        case .unknownName(let key, let name, let nearest, let known):
            "\(key): there is no '\(name)' in this study\(suggestion(nearest)); there are "
                + known.map { "'\($0)'" }.joined(separator: ", ")
        case .twice(let what, let name): "two \(what) are called '\(name)'; give one of them another name"
        case .tasksNotInData(let set, let tasks, let data):
            "\(data) lacks \(tasks.count) task\(tasks.count == 1 ? "" : "s") of '\(set)' "
                + "(\(tasks.prefix(3).joined(separator: ", "))\(tasks.count > 3 ? ", …" : "")); "
                + "collect or import them, or choose others"
        case .tooManyExperts(let method, let experts, let set, let tasks):
            "\(method) has \(experts) experts, but '\(set)' has \(tasks) tasks to share out among them; "
                + "give it fewer, or name the sets it is for under 'tasks'"
        case .tooFewSteps(let method, let set, let steps):
            "\(steps) steps on '\(set)' leave a stage of \(method) without any; give more"
        case .noStudy(let folder): "\(folder) holds no study; run one with m3dt study FILE.yaml --run \(folder)"
        case .busy(let folder): "another process runs the study in \(folder); wait for it, or end it first"
        case .cellsFailed(let failed, let all):
            "\(failed) of \(all) runs failed, as said above; the same command tries them again"
        }
    }
}
