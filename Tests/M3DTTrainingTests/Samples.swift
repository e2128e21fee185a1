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
        _ tasks: [Int] = [0, 1, 2], shift: Float = 0, slip: Float = 0, seed: UInt64 = 3
    ) throws -> Sampler {
        var options = SamplerOptions()
        options.rows = 8
        options.contextSteps = 4
        options.promptSteps = 2
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

/// Each of the three stages on fresh weights, the same in every call.
enum SampleStage: String, CaseIterable, Codable {
    case backbone, expert, router

    func make() throws -> any Trainable {
        let backbone = try PromptDT(.tiny, stream: RandomStream(seed: 11))
        switch self {
        case .backbone: return try BackboneStage(.tiny, seed: 5)
        case .expert: return try ExpertStage(1, beside: backbone, seed: 5)
        case .router:
            let experts = try (0..<3).map { try Expert(.tiny, stream: RandomStream(seed: 12).split($0)) }
            return try RouterStage(experts, beside: backbone, seed: 5)
        }
    }

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
