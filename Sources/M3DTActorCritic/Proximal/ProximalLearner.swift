import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTStorage
import M3DTTensor

/// An actor that learns by proximal policy optimisation, and the network that says what its states are worth.
///
/// Shapes: N steps of a round, B of a batch, F numbers in an observation, A in an action.
/// - Throws: `TensorError` where an operation fails or a gradient is not finite, from every member that throws.
package final class ProximalLearner: ActorLearner {
    /// The actor's learning rate stays in this range.
    private static let learningRates = 1e-5...2e-3
    /// Actions nearer to the limits than this are taken for such, so that what was squashed into them can be told.
    private static let largestAction: Float = 1 - 1e-6

    let settings: ProximalSettings
    let actor: ActorNetwork
    /// Says what a state is worth, in units of the spread of ``returns`` around their mean.
    let value: Perceptron
    let actorOptimizer: AdamW
    let valueOptimizer: AdamW
    /// What the networks see of observations.
    private(set) var scale: FeatureScale
    /// Whether ``scale`` stays as it is.
    private var keepsScale = false
    /// What states turned out to be worth.
    private(set) var returns = RunningMoments(width: 1)
    private(set) var actorRate: Double
    private let random: RandomStream
    private let featureWidth: Int
    private let actionWidth: Int

    package init(featureWidth: Int, actionWidth: Int, settings: ProximalSettings, random: RandomStream) throws {
        self.settings = settings
        self.random = random.split("updates")
        (self.featureWidth, self.actionWidth) = (featureWidth, actionWidth)
        var start = random.split("weights")
        actor = try ActorNetwork(
            featureWidth: featureWidth, actionWidth: actionWidth, width: settings.actorWidth, stream: &start)
        value = try Perceptron(widths: [featureWidth, settings.valueWidth, settings.valueWidth, 1], stream: &start)
        var adam = AdamWSettings()
        (adam.weightDecay, adam.gradientNormLimit) = (0, 1)
        actorOptimizer = try AdamW(FlatParameters(actor.namedParameters), settings: adam)
        valueOptimizer = try AdamW(FlatParameters(value.namedParameters), settings: adam)
        scale = try FeatureScale(RunningMoments(width: featureWidth))
        actorRate = settings.learningRate
    }

    package func policy() throws -> NetworkPolicy { scale.folded(into: try actor.policy()) }

    package func start(from policy: NetworkPolicy) throws {
        try actor.assign(scale.unfolded(from: policy))
        // A trained actor loses its balance where its observations are scaled otherwise from round to round.
        keepsScale = true
    }

    /// Learns from what the actor has just played.
    package func learn(from played: [PlayedEpisode], round: Int) throws {
        if round >= settings.randomRounds { try improve(by: played, round: round) }
        // Not before: the odds of actions are of the scale that they were chosen with.
        if !keepsScale { scale = try scale.following(played) }
    }

    private func improve(by episodes: [PlayedEpisode], round: Int) throws {
        // Before the value network has learnt anything, advantages say little: the first round teaches it alone.
        let knowsValues = returns.count > 0
        let steps = try Gradients.off { try judged(episodes) }
        var stream = random.split(round)
        var order = Array(0..<steps.count)
        let size = min(settings.batch, steps.count)
        for _ in 0..<settings.epochs {
            stream.shuffle(&order)
            for start in stride(from: 0, to: steps.count - size + 1, by: size) {
                let rows = order[start..<start + size].map { Int64($0) }
                let batch = try steps.selected(.of(rows, shape: [rows.count]))
                if knowsValues { try moveActor(batch, stream: &stream) }
                try moveValue(batch)
            }
        }
    }

    private func moveActor(_ batch: ProximalSteps, stream: inout RandomStream) throws {
        let outputs = try actor.outputs(batch.observations)
        let density = try actor.density(of: batch.raw, outputs: outputs)
        // Odds this far off no longer count; without the limit they would overflow.
        let shift = try (density - batch.density).maximum(-20).minimum(20)
        let odds = try shift.exp()
        let kept = try odds.maximum(1 - settings.clip).minimum(1 + settings.clip)
        let gain = try (odds * batch.advantages).minimum(kept * batch.advantages).mean()
        let noise = try Tensor.normal(batch.raw.shape, stream: &stream)
        let entropy = try -actor.sample(outputs: outputs, noise: noise).logDensity.mean()
        try (-(gain + entropy * settings.entropyWeight)).backward()
        let divergence = try Gradients.off { try (odds - 1 - shift).mean().scalar() }
        if divergence > 2 * settings.wantedDivergence { actorRate /= 1.5 }
        if divergence < settings.wantedDivergence / 2 { actorRate *= 1.5 }
        actorRate = min(max(actorRate, Self.learningRates.lowerBound), Self.learningRates.upperBound)
        try actorOptimizer.step(learningRate: actorRate)
    }

    private func moveValue(_ batch: ProximalSteps) throws {
        let loss = try (value(batch.observations) - batch.returns).square().mean()
        try loss.backward()
        try valueOptimizer.step(learningRate: settings.learningRate)
    }

    /// What was played, with how likely each action was and how much better than promised.
    private func judged(_ episodes: [PlayedEpisode]) throws -> ProximalSteps {
        let known = returns.count > 0
        let (middle, spread) = (returns.mean[0], returns.deviation(floor: 1e-6)[0])
        var (observations, raw, advantages, worth): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
        for episode in episodes {
            let rows = episode.rewards.count + 1
            let seen = try scale.scaled(.of(episode.observations, shape: [rows, featureWidth]))
            var values = [Float](repeating: 0, count: rows)
            if known { values = try value(seen).floats().map { Float(Double($0) * spread + middle) } }
            let estimate = AdvantageEstimate(
                rewards: episode.rewards, values: values, terminated: episode.terminated,
                discount: settings.discount, traceDecay: settings.traceDecay)
            advantages += estimate.advantages
            worth += estimate.returns
            observations += episode.observations.dropLast(featureWidth)
            raw += episode.actions.map { atanh(min(max($0, -Self.largestAction), Self.largestAction)) }
        }
        for number in worth { returns.add([Double(number)]) }
        let (newMiddle, newSpread) = (Float(returns.mean[0]), Float(returns.deviation(floor: 1e-6)[0]))
        let count = advantages.count
        let seen = try scale.scaled(.of(observations, shape: [count, featureWidth]))
        let unsquashed = try Tensor.of(raw, shape: [count, actionWidth])
        return ProximalSteps(
            observations: seen, raw: unsquashed,
            density: try actor.density(of: unsquashed, outputs: actor.outputs(seen)),
            advantages: try .of(Self.normalised(advantages), shape: [count, 1]),
            returns: try .of(worth.map { ($0 - newMiddle) / newSpread }, shape: [count, 1]))
    }

    /// Mean 0 and deviation 1.
    private static func normalised(_ numbers: [Float]) -> [Float] {
        var moments = RunningMoments(width: 1)
        for number in numbers { moments.add([Double(number)]) }
        let (mean, deviation) = (moments.mean[0], moments.deviation(floor: 1e-8)[0])
        return numbers.map { Float((Double($0) - mean) / deviation) }
    }

    // MARK: Saving

    /// What is saved beside the buffers.
    package struct State: Codable, Equatable {
        var observations: RunningMoments
        var keepsScale: Bool
        var returns: RunningMoments
        var actorRate: Double
        /// Steps of the optimisers.
        var actorSteps: Int
        var valueSteps: Int
    }

    package var state: State {
        State(
            observations: scale.moments, keepsScale: keepsScale, returns: returns, actorRate: actorRate,
            actorSteps: actorOptimizer.stepCount, valueSteps: valueOptimizer.stepCount)
    }

    package var buffers: [(name: String, tensor: Tensor)] {
        [("actor", actorOptimizer), ("value", valueOptimizer)].flatMap { name, optimizer in
            [
                (name, optimizer.parameters.values), (name + ".first", optimizer.firstMoment),
                (name + ".second", optimizer.secondMoment),
            ]
        }
    }

    /// Nothing: each round's episodes are learnt from once.
    package var storedMemory: [SafetensorsTensor] { [] }

    package func restore(_ state: State, from stored: SafetensorsFile) throws -> String? {
        guard state.observations.mean.count == featureWidth, state.returns.mean.count == 1 else {
            return "it is of observations of another width"
        }
        scale = try FeatureScale(state.observations)
        (keepsScale, returns, actorRate) = (state.keepsScale, state.returns, state.actorRate)
        for optimizer in [actorOptimizer, valueOptimizer] {
            try optimizer.restore(
                firstMoment: optimizer.firstMoment, secondMoment: optimizer.secondMoment,
                stepCount: optimizer === actorOptimizer ? state.actorSteps : state.valueSteps)
        }
        return nil
    }
}
