import M3DTData
import M3DTModel
import M3DTTensor
import M3DTTraining

/// Everything that decides what a run computes.
///
/// A recipe file overrides only what it wants different; the defaults are the paper's. A run folder keeps the resolved recipe.
public struct Recipe: Codable, Sendable, Equatable {
    /// What the run is called in tables.
    public var name = "m3dt"
    /// What is trained. Default: all of M3DT.
    public var method = Method.m3dt
    /// Names of tasks or domains, with `*` for any letters. Empty: every task of the data.
    public var tasks: [String] = []
    /// What everything random is drawn from.
    public var seed: UInt64 = 0
    /// What matrix products are computed in. Default: what the device that trains is fastest in; weights and optimiser are float32 in any
    /// case.
    public var precision: Precision
    /// The sizes of the model.
    public var model = ModelSection()
    /// How batches are drawn.
    public var data = DataSection()
    /// What stands beside the backbone in each block.
    public var mixture = MixtureSection()
    /// The masks of HarmoDT.
    public var harmony = HarmonyOptions()
    /// Stage 1, or the only stage of a method that has one; `steps` are those of each agent with one for each task.
    public var backbone = StageSection(steps: 400_000)
    /// What lies between stages 1 and 2, and the number of experts.
    public var grouping = GroupingSection()
    /// Stage 2; `steps` are those of each expert.
    public var experts = ExpertsSection(StageSection(steps: 200_000))
    /// Stage 3.
    public var router = StageSection(steps: 400_000)
    /// How the finished policy is judged.
    public var evaluation = EvaluationSection()
    /// What the run goes on from, where it adds tasks to a finished one or fine-tunes it.
    public var base = BaseSection()
    /// How a finished policy is fine-tuned, with the steps of ``backbone``.
    public var fineTune = FineTuneSection()

    /// The defaults for training on a device.
    public init(on device: Device = .cpu) { precision = .preferred(on: device) }

    /// Optimiser steps of all stages together; of each agent with one for each task.
    public var totalSteps: Int {
        switch method {
        case .m3dt: backbone.steps + grouping.experts * experts.steps + router.steps
        case .addTasks: (grouping.experts - base.experts) * experts.steps + router.steps
        case .backbone, .harmodt, .moe, .singleTask, .fineTune: backbone.steps
        }
    }
}

/// The sizes of the model; the widths of states and actions come from the data.
public struct ModelSection: Codable, Sendable, Equatable {
    /// D, the width of the residual stream. Default: 256.
    public var width = 256
    /// Transformer blocks. Default: 6.
    public var layers = 6
    /// Attention heads of a block. Default: 8.
    public var heads = 8
    /// K, steps of recent history. Default: 20.
    public var contextSteps = 20
    /// P, steps of the prompt; 0 for a model without prompts. Default: 5.
    public var promptSteps = 5
    /// Timesteps that have an embedding. Default: 1000.
    public var episodeSteps = 1000
    /// The probability of dropout in training. Default: 0.1.
    public var dropout = 0.1
    /// How experts are added to the residual stream. Default: so that attaching them changes nothing.
    public var residual = ResidualForm.preserved
    /// What a step is to the model. Default: return-to-go, state and action.
    public var input = InputForm.returns
    /// S, numbers in a padded observation. Default: 39, the widest of the paper's tasks.
    public var stateWidth = 39
    /// A, numbers in a padded action. Default: 8.
    public var actionWidth = 8

    var configuration: ModelConfiguration {
        ModelConfiguration(
            stateWidth: stateWidth, actionWidth: actionWidth, width: width, layers: layers, heads: heads,
            contextSteps: contextSteps, promptSteps: promptSteps, episodeSteps: episodeSteps, dropout: dropout,
            residual: residual, input: input)
    }
}

/// What stands beside the backbone in each block.
public struct MixtureSection: Codable, Sendable, Equatable {
    /// How experts are chosen for a token. Default: all, by a softmax.
    public var gate = GateOptions()
    /// The network that scores the experts. Default: five layers, for each token.
    public var router = RouterOptions()
    /// What an expert is. Default: a feed-forward network like the block's own.
    public var expert = ExpertOptions()
    /// What stage 3 trains. Default: the routers alone.
    public var training = RouterTraining.routers

    func configuration(experts: Int) -> MixtureConfiguration {
        MixtureConfiguration(experts: experts, gate: gate, router: router, expert: expert)
    }
}

/// How batches are drawn from trajectories; see `SamplerOptions` for what each choice means.
public struct DataSection: Codable, Sendable, Equatable {
    /// Rows of a batch. Default: 16.
    public var rows = 16
    /// Which prompt episode is shown. Default: the best.
    public var promptChoice = PromptChoice.best
    /// What prompt states are normalised with. Default: the task's statistics.
    public var promptStatistics = PromptStatistics.task
    /// The least deviation that observations are divided by. Default: 0.001.
    public var deviationFloor: Float = 1e-3
    /// Normalised observations are limited to this size; `null` for no limit.
    public var clip: Float? = 10
    /// The return a policy is asked for. Default: the best tenth of the task's data.
    public var targetReturn = TargetReturn.bestDecile

    /// Writes every key, also a limit that is `null`: left out, it would be the default when it is read again.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rows, forKey: .rows)
        try container.encode(promptChoice, forKey: .promptChoice)
        try container.encode(promptStatistics, forKey: .promptStatistics)
        try container.encode(deviationFloor, forKey: .deviationFloor)
        try container.encode(clip, forKey: .clip)
        try container.encode(targetReturn, forKey: .targetReturn)
    }

    func options(_ model: ModelSection) -> SamplerOptions {
        var options = SamplerOptions()
        options.rows = rows
        options.contextSteps = model.contextSteps
        options.promptSteps = model.promptSteps
        options.promptChoice = promptChoice
        options.promptStatistics = promptStatistics
        options.deviationFloor = deviationFloor
        options.clip = clip
        options.targetReturn = targetReturn
        return options
    }
}

/// How one stage is trained; see `StageOptions` for what each choice means.
public struct StageSection: Codable, Sendable, Equatable {
    /// Optimiser steps.
    public var steps: Int
    /// The rate after the warm-up. Default: 1e-4.
    public var learningRate = 1e-4
    /// Steps over which the rate rises. Default: 10,000.
    public var warmUpSteps = 10_000
    /// Decay, clipping and moments of AdamW.
    public var optimizer = AdamWSettings()
    /// One task a step in turn, or mixed batches. Default: in turn.
    public var order = TaskSchedule.Order.inTurn
    /// Dropout in parts that are not trained, as in the reference. Default: off.
    public var dropoutInFrozenParts = false
    /// Steps between two records of metrics. Default: 100.
    public var logEvery = 100
    /// Steps between two checkpoints. Default: 5,000.
    public var checkpointEvery = 5_000
    /// Steps between two measurements of gradient conflict; 0 for never.
    public var conflictEvery = 0
    /// Batches of each task in a measurement of conflict, the same every time. Default: 1.
    public var conflictBatches = 1
    /// Whether the stage ends before its last step.
    public var stop = StopSection()

    init(steps: Int) {
        self.steps = steps
    }

    func options(_ recipe: Recipe) -> StageOptions {
        var options = StageOptions(steps: steps)
        options.learningRate = learningRate
        options.warmUpSteps = warmUpSteps
        options.optimizer = optimizer
        options.precision = recipe.precision
        options.seed = recipe.seed
        options.order = order
        options.dropoutInFrozenParts = dropoutInFrozenParts
        options.logEvery = logEvery
        options.checkpointEvery = checkpointEvery
        options.conflictEvery = conflictEvery
        options.conflictBatches = conflictBatches
        options.stop = stop.options
        return options
    }
}

/// How tasks are dealt out to experts.
public struct GroupingSection: Codable, Sendable, Equatable {
    /// By gradient agreement, at random, or not at all. Default: by gradient agreement.
    public var method = Grouping.Method.gradient
    /// N, the number of experts. Default: 48, the paper's for 160 tasks.
    public var experts = 48
    /// How agreement vectors are clustered.
    public var clustering = ClusteringOptions()
    /// Batches of each task that its gradient is averaged over. Default: 10.
    public var batches = 10
    /// Numbers that each task's agreement vector is projected onto before it is clustered; `none` to keep it whole. Default: none.
    public var sketch = SketchWidth.none
}

/// How a finished run is judged.
public struct EvaluationSection: Codable, Sendable, Equatable {
    /// Episodes of each task and seed; 0 for the reference's protocol.
    public var episodes = 0
    /// Seeds of the episodes. Default: 0, 1, 2.
    public var seeds: [UInt64] = [0, 1, 2]
    /// Episodes played at once.
    public var slots = 32
    /// Predicted numbers that a task does not use go back into the context, as in the reference. Default: no.
    public var leaksUnusedActions = false

    /// Episodes of each task and seed; none for the reference's protocol.
    public var episodesPerTask: Int? { episodes > 0 ? episodes : nil }
}
