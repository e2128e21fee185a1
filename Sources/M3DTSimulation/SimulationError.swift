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
    /// A search was begun with other settings than it is to go on with.
    case otherSettings(path: String)
    /// A task has no demonstrator of this label.
    case noDemonstrator(task: String, label: String, known: [String])
    /// A training cannot start from an actor with other widths than its own.
    case unlikeActor(task: String, widths: [Int], wanted: [Int])
    /// A file of demonstrators is not as it must be.
    case demonstratorsUnreadable(path: String, reason: String)
    /// A planner looks ahead in the simulation, and the episode is not played by one of this process.
    case planningNeedsSimulation(task: String, label: String)
    /// Pictures need a library that is not there or does not work.
    case noOffscreenLibrary(reason: String)

    public var description: String {
        switch self {
        case .modelMissing(let path): "the model file \(path) is missing; run make setup"
        case .modelUnreadable(let path, let reason): "MuJoCo cannot load the model file \(path): \(reason)"
        case .simulator(let doing, let reason): "MuJoCo failed while \(doing): \(reason)"
        case .partMissing(let name, let model): "the model \(model) has no part named '\(name)'"
        case .notNative(let task, let domain):
            "task \(task) of the family \(domain) has no native simulation; start a worker process for it"
        case .noOffscreenLibrary(let reason):
            "pictures need OSMesa, and \(reason); install it (Debian: apt-get install libosmesa6)"
        case .otherSettings(let path):
            "\(path) holds a search with other settings; remove it, or choose another folder"
        case .noDemonstrator(let task, let label, let known):
            "task \(task) has no demonstrator '\(label)'"
                + (known.isEmpty
                    ? "; there is none for this task: choose others, or bring data of it"
                    : "; there are \(known.joined(separator: ", "))")
        case .unlikeActor(let task, let widths, let wanted):
            "a training on \(task) needs an actor of widths \(wanted), but the one to start from has \(widths); "
                + "start from a task of the same robot, with the same actorWidth"
        case .planningNeedsSimulation(let task, let label):
            "'\(label)' plans in the native simulation of \(task), which is not where the episode is played; "
                + "use a batch of native environments"
        case .demonstratorsUnreadable(let path, let reason):
            "the demonstrators in \(path) cannot be read: \(reason); train them again with m3dt data demonstrators"
        }
    }
}
