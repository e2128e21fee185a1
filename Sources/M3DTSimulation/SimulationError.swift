/// Why a simulator, a picture or a demonstrator could not be made.
public enum SimulationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A model file is not where the set-up puts it.
    case modelMissing(path: String)
    /// MuJoCo could not load a model file.
    case modelUnreadable(path: String, reason: String)
    /// MuJoCo failed outside an episode.
    case simulator(doing: String, reason: String)
    /// The model has no body, camera or other part of this name.
    case partMissing(name: String, model: String)
    /// This package does not simulate the task itself.
    case notNative(task: String, domain: String)

    public var description: String {
        switch self {
        case .modelMissing(let path): "the model file \(path) is missing; run make setup"
        case .modelUnreadable(let path, let reason): "MuJoCo cannot load the model file \(path): \(reason)"
        case .simulator(let doing, let reason): "MuJoCo failed while \(doing): \(reason)"
        case .partMissing(let name, let model): "the model \(model) has no part named '\(name)'"
        case .notNative(let task, let domain):
            "task \(task) of the family \(domain) has no native simulation; start a worker process for it"
        }
    }
}
