import M3DTModel
import M3DTRandom
import M3DTTensor

/// Which weights a policy acts with in a task.
public enum TaskWeights: String, Codable, Sendable, CaseIterable {
    /// The same in all.
    case shared
    /// Those of a shared model that the task's own mask keeps.
    case masked
    /// A model of its own.
    case separate
}

/// The models of a policy.
public enum PolicyNetwork {
    /// One model, and what stands beside it: a mixture, or one expert.
    case shared(any SequenceModel, branch: (any FeedForwardBranch)?)
    /// One model, and for each task of the policy the part of it that is used.
    case masked(any SequenceModel, TaskMasks)
    /// A model for each task of the policy.
    case separate([any SequenceModel])

    /// Makes the models that a description asks for, with fresh weights.
    ///
    /// - Throws: ``ModelError`` where sizes or choices do not fit together.
    public init(_ description: PolicyDescription, stream: RandomStream) throws {
        let model = description.model
        switch description.taskWeights {
        case .shared:
            let mixture = try description.mixture.map {
                try MixtureOfExperts(model, $0, stream: stream.split("mixture"))
            }
            self = .shared(try model.makeModel(stream: stream.split("backbone")), branch: mixture)
        case .masked:
            let backbone = try model.makeModel(stream: stream.split("backbone"))
            self = .masked(backbone, try TaskMasks(tasks: description.tasks.count, model: backbone))
        case .separate:
            self = .separate(
                try description.tasks.indices.map { try model.makeModel(stream: stream.split("agent").split($0)) })
        }
    }

    public var taskWeights: TaskWeights {
        switch self {
        case .shared: .shared
        case .masked: .masked
        case .separate: .separate
        }
    }

    /// What stands beside the model of all tasks.
    public var branch: (any FeedForwardBranch)? {
        if case .shared(_, let branch) = self { branch } else { nil }
    }

    /// All weights under the names that they have in a policy folder.
    public var namedParameters: [NamedParameter] { parts.flatMap { $0.module.namedParameters(under: $0.name) } }

    /// The parts by their names in a policy folder.
    var parts: [(name: String, module: any Module)] {
        switch self {
        case .shared(let backbone, let branch): [("backbone", backbone)] + (branch.map { [("mixture", $0)] } ?? [])
        case .masked(let backbone, let masks): [("backbone", backbone), ("masks", masks)]
        case .separate(let agents): agents.enumerated().map { ("agent-\($0)", $1) }
        }
    }

    /// The models as they are, without masks.
    var models: [any SequenceModel] {
        switch self {
        case .shared(let backbone, _), .masked(let backbone, _): [backbone]
        case .separate(let agents): agents
        }
    }

    /// Checks that the parts are those of a description.
    ///
    /// - Throws: ``PolicyError/otherModel(problem:)`` for the first that is not.
    func check(fits description: PolicyDescription) throws {
        guard taskWeights == description.taskWeights else {
            throw PolicyError.otherModel(
                problem: "the weights are \(taskWeights.rawValue), the description says "
                    + description.taskWeights.rawValue)
        }
        guard models.allSatisfy({ $0.configuration == description.model }) else {
            throw PolicyError.otherModel(problem: "the sizes of the backbone are not those of the description")
        }
        let tasks =
            switch self {
            case .shared: description.tasks.count
            case .masked(_, let masks): masks.taskCount
            case .separate(let agents): agents.count
            }
        guard tasks == description.tasks.count else {
            throw PolicyError.otherModel(
                problem: "there are weights for \(tasks) tasks, the description has \(description.tasks.count)")
        }
    }
}
