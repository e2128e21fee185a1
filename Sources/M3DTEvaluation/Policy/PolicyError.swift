/// Why a policy could not be saved, loaded or asked for an action.
public enum PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    // The folder.
    /// The description is not what this version writes.
    case malformed(file: String, problem: String)
    /// The folder was written by another version.
    case otherFormat(file: String, found: Int, supported: Int)
    /// The description contradicts itself.
    case unsound(problem: String)
    /// The weights that are given do not go with the description.
    case otherModel(problem: String)
    /// A weight is infinite or not a number.
    case weightNotFinite(name: String, file: String)

    // Acting.
    /// The policy cannot act as it is asked to.
    case acting(option: String, problem: String)
    /// The policy was not made for the task.
    case unknownTask(name: String, nearest: String?)
    /// A task of the name is known, with other widths or another return scale.
    case otherTask(name: String)
    case unknownSlot(Int, slots: Int)
    /// An action is asked for in a slot that plays no episode.
    case notBegun(slot: Int)
    /// A slot is asked twice at once.
    case repeatedSlot(Int)
    case observationWidth(task: String, step: Int, expected: Int, found: Int)
    case observationNotFinite(task: String, step: Int, index: Int)
    case rewardNotFinite(task: String, step: Int)
    /// The model has no embedding for so late a step.
    case episodeTooLong(task: String, limit: Int)
    /// The model predicts no number.
    case actionNotFinite(task: String, step: Int)

    public var description: String {
        switch self {
        case .malformed(let file, let problem): "\(file): \(problem); write the policy again"
        case .otherFormat(let file, let found, let supported):
            "\(file) has format \(found), this version reads format \(supported); use the version that wrote it"
        case .unsound(let problem): "the policy makes no sense: \(problem)"
        case .otherModel(let problem): "the weights do not belong to the policy: \(problem)"
        case .weightNotFinite(let name, let file):
            "\(file): weight '\(name)' holds a number that is not finite; the training run that wrote it has failed"
        case .acting(let option, let problem): "the policy cannot act with this \(option): \(problem)"
        case .unknownTask(let name, let nearest):
            "the policy was not made for task '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; its description lists its tasks")
        case .otherTask(let name):
            "the policy knows task '\(name)' with other widths or another return scale; use the tasks it was trained on"
        case .unknownSlot(let slot, let slots):
            "slot \(slot) does not exist; the policy serves slots 0 to \(slots - 1), make it with more"
        case .notBegun(let slot): "slot \(slot) plays no episode; call begin first"
        case .repeatedSlot(let slot): "slot \(slot) is asked for two actions at once; ask once a step"
        case .observationWidth(let task, let step, let expected, let found):
            "task \(task), step \(step): the observation has \(found) numbers, the task has \(expected)"
        case .observationNotFinite(let task, let step, let index):
            "task \(task), step \(step): number \(index) of the observation is not finite"
        case .rewardNotFinite(let task, let step): "task \(task), step \(step): the reward is not finite"
        case .episodeTooLong(let task, let limit):
            "task \(task): the model knows \(limit) timesteps, the episode is longer; start a new episode"
        case .actionNotFinite(let task, let step):
            "task \(task), step \(step): the predicted action is not finite; check the policy's weights"
        }
    }
}
