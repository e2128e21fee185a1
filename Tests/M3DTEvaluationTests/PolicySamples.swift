import M3DTModel
import M3DTRandom
import M3DTTasks
import M3DTTensor

@testable import M3DTEvaluation

/// Small policies with random weights.
enum PolicySamples {
    static func model(
        promptSteps: Int = 2, residual: ResidualForm = .preserved, episodeSteps: Int = 12
    ) -> ModelConfiguration {
        ModelConfiguration(
            stateWidth: 5, actionWidth: 3, width: 16, layers: 2, heads: 2, contextSteps: 4, promptSteps: promptSteps,
            episodeSteps: episodeSteps, residual: residual)
    }

    /// Tasks of unlike widths and lengths: `walk-0` observes 5 numbers and does 3, `walk-1` 4 and 2, `walk-2` 3 and 1.
    static func task(_ index: Int) -> TaskSpecification {
        TaskSpecification(
            name: "walk-\(index)", domain: index == 2 ? .antDir : .custom, observationWidth: 5 - index,
            actionWidth: 3 - index, episodeSteps: 9 + index, goal: Double(index), targetReturn: 40 + Double(index),
            returnScale: 20, score: index == 1 ? .success : .linear(offset: 5, range: 10), evaluationEpisodes: 1 + index
        )
    }

    /// Profiles of the three tasks, with two prompts each.
    static func profiles(_ model: ModelConfiguration, prompts rows: Int = 2) -> [TaskProfile] {
        (0..<3).map { index in
            let task = task(index)
            var random = RandomStream(seed: 7).split(index)
            func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
            var prompts = StepSegments(
                rows: model.promptSteps == 0 ? 0 : rows, length: model.promptSteps, stateWidth: model.stateWidth,
                actionWidth: model.actionWidth)
            prompts.states = numbers(prompts.states.count)
            prompts.actions = numbers(prompts.actions.count)
            prompts.returnsToGo = numbers(prompts.returnsToGo.count)
            prompts.timesteps = prompts.timesteps.indices.map { Int64(3 + $0 % 2) }
            prompts.mask = prompts.mask.indices.map { $0 == 0 ? 0 : 1 }  // a prompt may be padded, too
            return TaskProfile(
                task: task,
                scaling: ObservationScaling(
                    mean: numbers(task.observationWidth),
                    deviation: numbers(task.observationWidth).map { abs($0) + 0.5 },
                    clip: 3),
                targetReturn: task.targetReturn, prompts: prompts)
        }
    }

    static func backbone(_ model: ModelConfiguration) throws -> PromptDT {
        let backbone = try PromptDT(model, stream: RandomStream(seed: 1))
        try stir(backbone, seed: 2)
        return backbone
    }

    static func mixture(_ model: ModelConfiguration, experts: Int = 3) throws -> MixtureOfExperts {
        let mixture = try MixtureOfExperts(
            model, MixtureConfiguration(experts: experts), stream: RandomStream(seed: 3))
        try stir(mixture, seed: 3)
        return mixture
    }

    static func policy(
        _ model: ModelConfiguration = model(), experts: Int? = nil, precision: Precision = .float32,
        leaksUnusedActions: Bool = false
    ) throws -> M3DTPolicy {
        let description = PolicyDescription(
            method: "test", model: model, mixture: experts.map { MixtureConfiguration(experts: $0) },
            precision: precision, leaksUnusedActions: leaksUnusedActions, tasks: profiles(model),
            origin: ["seed": "1"])
        let branch = try experts.map { try mixture(model, experts: $0) }
        return try M3DTPolicy(description, network: .shared(backbone(model), branch: branch))
    }

    /// Makes weights so large that every part of the model matters.
    static func stir(_ module: any Module, seed: UInt64) throws {
        var random = RandomStream(seed: seed)
        for named in module.namedParameters {
            let value = named.parameter.value
            try named.parameter.assign(value + .normal(value.shape, deviation: 0.15, stream: &random))
        }
    }
}

extension M3DTPolicy {
    /// The model of all tasks, which is a Prompt Decision Transformer in these tests.
    var backbone: PromptDT { network.models[0] as! PromptDT }
    var branch: (any FeedForwardBranch)? { network.branch }
}
