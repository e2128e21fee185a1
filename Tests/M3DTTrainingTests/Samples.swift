import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTasks
import M3DTTensor

@testable import M3DTTraining

extension ModelConfiguration {
    /// Small enough for a step of a few milliseconds.
    static let tiny = ModelConfiguration(
        stateWidth: 4, actionWidth: 2, width: 16, layers: 2, heads: 2, contextSteps: 4, promptSteps: 2,
        episodeSteps: 16, dropout: 0.1)
}

extension TaskTrajectories {
    /// A task whose actions are a map of the state that differs from task to task; a model can learn them.
    ///
    /// - Parameters:
    ///   - shift: Added to every state.
    ///   - slip: Added to a single action of the last episode.
    static func learnable(_ number: Int, shift: Float = 0, slip: Float = 0) throws -> TaskTrajectories {
        let task = TaskSpecification(
            name: "task-\(number)", domain: .custom, observationWidth: 3, actionWidth: 1 + number % 2,
            episodeSteps: 16, targetReturn: 10, returnScale: 10, score: .linear(offset: 0, range: 1),
            evaluationEpisodes: 1)
        var stream = RandomStream(seed: 7).split(number)
        let angle = Double(number)
        var episodes = (0..<6).map { episode in
            var trajectory = Trajectory(task: task.name, source: "rule")
            for _ in 0..<10 + episode {
                let state = (0..<3).map { _ in Float(stream.uniform(-1, 1)) + shift }
                let (sine, cosine) = (Float(sin(angle)), Float(cos(angle)))
                let actions = [sine * state[0] + cosine * state[1], cosine * state[2]].map { 0.8 * tanh($0) }
                trajectory.observations += state
                trajectory.actions += actions.prefix(task.actionWidth)
                trajectory.rewards.append(actions[0])
                trajectory.successes.append(false)
            }
            return trajectory
        }
        episodes[5].actions[3] += slip
        return try TaskTrajectories(task, episodes)
    }
}

extension Sampler {
    /// Batches of 8 rows of the learnable tasks with the given numbers.
    static func tiny(
        _ tasks: [Int] = [0, 1, 2], shift: Float = 0, slip: Float = 0, promptSteps: Int = 2, seed: UInt64 = 3
    ) throws -> Sampler {
        var options = SamplerOptions()
        options.rows = 8
        options.contextSteps = 4
        options.promptSteps = promptSteps
        return try Sampler(
            tasks.map { try .learnable($0, shift: shift, slip: slip) }, options: options, stateWidth: 4, actionWidth: 2,
            seed: seed)
    }
}

extension StageOptions {
    static func tiny(steps: Int = 20, _ change: (inout StageOptions) -> Void = { _ in }) -> StageOptions {
        var options = StageOptions(steps: steps)
        options.learningRate = 3e-3
        options.warmUpSteps = 5
        options.precision = .float32
        options.logEvery = 5
        change(&options)
        return options
    }
}

/// Each stage of M3DT, of its rivals and of its ablations on fresh weights, the same in every call.
enum SampleStage: String, CaseIterable, Codable {
    // M3DT
    case backbone, expert, router
    // Rivals
    case withoutPrompt, withoutReturns, bins, agent, harmony, joint, jointTopK, jointSoft
    // Ablations
    case unfrozenRouter, unfrozenTopKRouter, topKRouter, linearRouter, sequenceRouter, narrowExpert, attentionExpert
    case attentionRouter, unfrozenAttentionRouter, normalizedRouter
    // Beyond the paper
    case expertGroup, widenedRouter, fineTune, fineTuneWithoutExperts, fineTuneExperts, fineTuneRouter

    /// Those of M3DT, for tests that take long.
    static let m3dt = [SampleStage.backbone, .expert, .router]

    func make() throws -> any Trainable {
        let backbone = try model.makeModel(stream: RandomStream(seed: 11))
        switch self {
        case .backbone, .withoutPrompt, .withoutReturns, .bins: return try BackboneStage(model, seed: 5)
        case .agent: return try BackboneStage.agent(of: "task-0", model, seed: 5)
        case .harmony: return try HarmonyStage(model, tasks: 3, options: harmony, seed: 5)
        case .joint, .jointTopK, .jointSoft: return try JointStage(model, mixture: mixture, seed: 5)
        case .expert, .narrowExpert, .attentionExpert:
            return try ExpertStage(1, beside: backbone, options: mixture.expert, seed: 5)
        case .expertGroup: return try ExpertGroupStage(0..<2, beside: backbone, seed: 5)
        case .fineTuneWithoutExperts: return try FineTuneStage(backbone, mixture: nil, parts: .whole)
        case .fineTune, .fineTuneExperts, .fineTuneRouter:
            let parts: FineTuneParts = self == .fineTune ? .whole : self == .fineTuneExperts ? .experts : .router
            let mixture = try MixtureOfExperts(model, mixture, stream: RandomStream(seed: 13))
            return try FineTuneStage(backbone, mixture: mixture, parts: parts)
        case .widenedRouter:
            let old = try MixtureOfExperts(model, mixture, stream: RandomStream(seed: 13))
            let expert = try Expert(model, stream: RandomStream(seed: 12))
            return RouterStage(try MixtureOfExperts(model, widening: old, with: [expert]), beside: backbone)
        default:
            let experts = try (0..<3).map {
                try Expert(model, options: mixture.expert, stream: RandomStream(seed: 12).split($0))
            }
            return try RouterStage(
                experts, beside: backbone, mixture: mixture,
                training: rawValue.hasPrefix("unfrozen") ? .routersAndExperts : .routers, seed: 5)
        }
    }

    var model: ModelConfiguration {
        var model = ModelConfiguration.tiny
        switch self {
        case .withoutPrompt: model.promptSteps = 0
        case .withoutReturns: model.input = .noReturns
        case .bins: model.input = .bins
        case .normalizedRouter: model.residual = .normalized
        default: break
        }
        return model
    }

    var mixture: MixtureConfiguration {
        var mixture = MixtureConfiguration(experts: 3)
        switch self {
        case .jointTopK, .topKRouter, .unfrozenTopKRouter: (mixture.gate.form, mixture.gate.k) = (.topK, 2)
        case .jointSoft: mixture.gate.form = .soft
        case .linearRouter: mixture.router.layers = 1
        case .sequenceRouter: mixture.router.scope = .sequence
        case .narrowExpert: mixture.expert.hiddenFactor = 1
        case .attentionExpert, .attentionRouter, .unfrozenAttentionRouter: mixture.expert.form = .attention
        default: break
        }
        return mixture
    }

    /// Masks that change often and much.
    private var harmony: HarmonyOptions {
        var options = HarmonyOptions()
        (options.interval, options.mostExchanged) = (3, 50)
        return options
    }

    /// Batches that the stage's model can read.
    func source() throws -> Sampler { try .tiny(promptSteps: model.promptSteps) }

    /// Trains the stage in a folder and returns it.
    @discardableResult
    func train(
        in folder: URL, options: StageOptions = .tiny(), source: any BatchSource, control: TrainingControl = .init()
    ) throws -> any Trainable {
        let stage = try make()
        let loop = try TrainingLoop(stage, source: source, options: options, folder: folder, control: control)
        _ = try loop.run()
        return stage
    }
}

extension [NamedParameter] {
    /// The bits of all weights.
    func bits() throws -> [String: [UInt32]] {
        try Dictionary(uniqueKeysWithValues: map { ($0.name, try $0.parameter.value.floats().map(\.bitPattern)) })
    }
}

/// Remembers what a training tells, and may ask it to stop after a step.
final class Recorder: TrainingObserver {
    private(set) var events: [TrainingEvent] = []
    private let stop: (StopRequest, afterStep: Int)?
    private let atStep: (Int) throws -> Void

    init(stop: (StopRequest, afterStep: Int)? = nil, atStep: @escaping (Int) throws -> Void = { _ in }) {
        self.stop = stop
        self.atStep = atStep
    }

    func training(_ event: TrainingEvent) throws {
        events.append(event)
        guard case .stepped(_, let step, _) = event else { return }
        if let stop, stop.afterStep == step { stop.0.request() }
        try atStep(step)
    }

    var metrics: [StageMetrics] {
        events.compactMap { if case .measured(let metrics) = $0 { metrics } else { nil } }
    }

    var losses: [Double] {
        events.compactMap { if case .stepped(_, _, let loss) = $0 { loss } else { nil } }
    }

    /// The mean loss of some of the steps that were heard of.
    func meanLoss(_ steps: Range<Int>) -> Double {
        losses[steps].reduce(0, +) / Double(steps.count)
    }
}

extension TrainingControl {
    /// Stops after the given step.
    static func stopping(after step: Int) -> TrainingControl {
        let stop = StopRequest()
        return TrainingControl(observer: Recorder(stop: (stop, step)), stop: stop)
    }
}
