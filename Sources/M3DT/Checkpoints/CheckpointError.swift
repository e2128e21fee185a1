import M3DTModel

/// Why a policy cannot be written for another project, or one of another project not taken in.
public enum CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the policy has and Hugging Face's model has not.
    public enum Obstacle: Sendable, Equatable {
        case prompt(steps: Int)
        case experts(count: Int)
        case input(InputForm)
        case masks
        case separateModels(count: Int)
    }

    case notExportable(policy: String, Obstacle)
    /// Something is where the result is to go.
    case destinationExists(path: String)
    /// A folder of the one kind and files of the other.
    case mixedSources

    public var description: String {
        switch self {
        case .notExportable(let policy, let obstacle):
            "\(policy) cannot be exported: Hugging Face's DecisionTransformerModel \(obstacle.text)"
        case .destinationExists(let path): "\(path) is there already; choose another place, or remove it"
        case .mixedSources: "give either one folder of Hugging Face's, or files of the reference release"
        }
    }
}

extension CheckpointError.Obstacle {
    fileprivate var text: String {
        switch self {
        case .prompt(let steps):
            "has no prompt, and this policy acts on one of \(steps) steps; train one without, such as --recipe small-mtdt"
        case .experts(let count):
            "has no experts, and this policy has \(count); export a policy of a backbone alone, such as --recipe small-mtdt"
        case .input(.noReturns): "always takes returns, and this policy takes none; train with model.input: returns"
        case .input:
            "takes a step as three tokens, and this policy takes each number as one; train with model.input: returns"
        case .masks: "has one set of weights, and this policy masks its weights for each task; export one without masks"
        case .separateModels(let count):
            "is one model, and this policy has \(count), one for each task; export a policy of one model for all tasks"
        }
    }
}
