import M3DTModel
import M3DTTasks
import M3DTTensor

/// What a policy keeps of the steps it has already seen.
public enum ContextCache: String, Codable, Sendable, CaseIterable {
    /// The keys and values of the prompt; the context is computed anew at every step. Exact.
    case prompt
}

/// Everything about a trained policy but its weights.
public struct PolicyDescription: Codable, Sendable, Equatable {
    /// The format that this version writes and reads.
    public static let currentFormat = 2

    /// The version of the format of a policy folder.
    public let format: Int
    /// Who trained it, as tables name it: `M3DT`, `PromptDT`.
    public var method: String
    public var model: ModelConfiguration
    /// The mixture beside the model; nothing for a model alone.
    public var mixture: MixtureConfiguration?
    /// Default: ``TaskWeights/shared``.
    public var taskWeights: TaskWeights
    /// What matrix products are computed in unless said otherwise. Weights are float32 always.
    public var precision: Precision
    /// Predicted numbers beyond a task's action width go back into the history, where training data has zeros.
    ///
    /// Default: no. Released weights of the reference were evaluated so.
    /// Source: differences from the reference, unused action dimensions.
    public var leaksUnusedActions: Bool
    public var contextCache: ContextCache
    /// The tasks that the policy can act in.
    public var tasks: [TaskProfile]
    /// Where the policy comes from, for people: the run, the stage, the step, the seed.
    public var origin: [String: String]

    public init(
        method: String, model: ModelConfiguration, mixture: MixtureConfiguration? = nil,
        taskWeights: TaskWeights = .shared, precision: Precision = .float32, leaksUnusedActions: Bool = false,
        contextCache: ContextCache = .prompt, tasks: [TaskProfile], origin: [String: String] = [:]
    ) {
        format = Self.currentFormat
        self.method = method
        self.model = model
        self.mixture = mixture
        self.taskWeights = taskWeights
        self.precision = precision
        self.leaksUnusedActions = leaksUnusedActions
        self.contextCache = contextCache
        self.tasks = tasks
        self.origin = origin
    }
}
