import M3DTRandom
import M3DTSimulation
import M3DTStorage
import M3DTTensor

/// The networks under training, and one step of their learning.
///
/// Shapes: B rows, F numbers in an observation, A in an action.
/// - Throws: `TensorError` where an operation fails or a gradient is not finite, from every member that throws.
package final class SoftActorCriticLearner: ActorLearner {
    let settings: SoftActorCriticSettings
    let actor: ActorNetwork
    let critics: CriticNetworks
    let actorOptimizer: AdamW
    let criticOptimizer: AdamW
    /// The slow copies of the critics, and their weights in one buffer in the order of the critics' own.
    private let slowCritics: CriticNetworks
    let slowWeights: Tensor
    var temperature: Temperature
    /// What the networks see of observations.
    var scale: FeatureScale
    /// Updates so far.
    private(set) var updates = 0
    var memory: ReplayMemory
    private let random: RandomStream
    let featureWidth: Int
    let actionWidth: Int

    package init(featureWidth: Int, actionWidth: Int, settings: SoftActorCriticSettings, random: RandomStream) throws {
        self.settings = settings
        self.random = random.split("updates")
        (self.featureWidth, self.actionWidth) = (featureWidth, actionWidth)
        memory = ReplayMemory(
            featureWidth: featureWidth, actionWidth: actionWidth, capacity: settings.rememberedEpisodes)
        var start = random.split("weights")
        actor = try ActorNetwork(
            featureWidth: featureWidth, actionWidth: actionWidth, width: settings.actorWidth, stream: &start)
        func makeCritics() throws -> CriticNetworks {
            try CriticNetworks(
                featureWidth: featureWidth, actionWidth: actionWidth, width: settings.criticWidth, stream: &start)
        }
        critics = try makeCritics()
        slowCritics = try makeCritics()
        var adam = AdamWSettings()
        (adam.weightDecay, adam.gradientNormLimit) = (0, 10)
        actorOptimizer = try AdamW(FlatParameters(actor.namedParameters), settings: adam)
        criticOptimizer = try AdamW(FlatParameters(critics.namedParameters), settings: adam)
        let slow = try FlatParameters(slowCritics.namedParameters)
        try slow.values.assign(criticOptimizer.parameters.values)
        slowWeights = slow.values
        scale = try FeatureScale(RunningMoments(width: featureWidth))
        temperature = Temperature(initial: settings.initialTemperature)
    }

    package func policy() throws -> NetworkPolicy { scale.folded(into: try actor.policy()) }

    package func start(from policy: NetworkPolicy) throws { try actor.assign(scale.unfolded(from: policy)) }

    /// Remembers the episodes, and learns from everything that is remembered.
    package func learn(from played: [PlayedEpisode], round: Int) throws {
        memory.add(played)
        scale = try scale.following(played)
        guard round >= settings.randomRounds else { return }
        let steps = played.reduce(0) { $0 + $1.rewards.count }
        for _ in 0..<Int((Double(steps) * settings.updateRatio).rounded()) { try update() }
    }

    /// Learns from some steps drawn from the memory.
    private func update() throws {
        var stream = random.split(updates)
        let batch = memory.draw(
            settings.batch, returnSteps: settings.returnSteps, discount: settings.discount, random: &stream)
        let rows = settings.batch
        let observations = try scale.scaled(.of(batch.observations, shape: [rows, featureWidth]))
        let wanted = try Gradients.off { try target(of: batch, stream: &stream) }
        let values = try critics.values(observations, Tensor.of(batch.actions, shape: [rows, actionWidth]))
        let loss = try (values - wanted).square().mean() * 2
        try loss.backward()
        try criticOptimizer.step(learningRate: settings.learningRate)
        updates += 1
        if updates % settings.actorDelay == 0 { try updateActor(observations, stream: &stream) }
        try slowWeights.scale(by: 1 - settings.targetRate)
        try slowWeights.accumulate(criticOptimizer.parameters.values, factor: settings.targetRate)
    }

    /// What the critics are to say: rewards so far, and what the slow copies say of a drawn action later on.
    private func target(of batch: ReplayBatch, stream: inout RandomStream) throws -> Tensor {
        let rows = settings.batch
        let next = try scale.scaled(.of(batch.nextObservations, shape: [rows, featureWidth]))
        let drawn = try actor.sample(next, noise: .normal([rows, actionWidth], stream: &stream))
        let value = try slowCritics.lowerValue(next, drawn.actions) - (drawn.logDensity * temperature.value)
        return try Tensor.of(batch.rewards, shape: [rows, 1])
            + (Tensor.of(batch.discounts, shape: [rows, 1]) * value)
    }

    private func updateActor(_ observations: Tensor, stream: inout RandomStream) throws {
        let noise = try Tensor.normal([settings.batch, actionWidth], stream: &stream)
        let logDensity = try critics.heldConstant {
            let drawn = try actor.sample(observations, noise: noise)
            let loss =
                try (drawn.logDensity * temperature.value - critics.lowerValue(observations, drawn.actions)).mean()
            try loss.backward()
            return try drawn.logDensity.mean().scalar()
        }
        try actorOptimizer.step(learningRate: settings.learningRate)
        temperature.learn(
            surplus: -logDensity - settings.entropyPerAction * Double(actionWidth), rate: settings.learningRate)
    }
    // MARK: Saving

    /// What is saved beside the buffers.
    package struct State: Codable, Equatable {
        var updates: Int
        var temperature: Temperature
        var observations: RunningMoments
    }

    package var state: State { State(updates: updates, temperature: temperature, observations: scale.moments) }

    package var buffers: [(name: String, tensor: Tensor)] {
        [
            ("actor", actorOptimizer.parameters.values), ("actor.first", actorOptimizer.firstMoment),
            ("actor.second", actorOptimizer.secondMoment),
            ("critics", criticOptimizer.parameters.values),
            ("critics.first", criticOptimizer.firstMoment),
            ("critics.second", criticOptimizer.secondMoment), ("critics.slow", slowWeights),
        ]
    }

    package func restore(_ state: State, from stored: SafetensorsFile) throws -> String? {
        guard state.observations.mean.count == featureWidth else { return "it is of observations of another width" }
        (updates, temperature) = (state.updates, state.temperature)
        scale = try FeatureScale(state.observations)
        try actorOptimizer.restore(
            firstMoment: actorOptimizer.firstMoment, secondMoment: actorOptimizer.secondMoment,
            stepCount: updates / settings.actorDelay)
        try criticOptimizer.restore(
            firstMoment: criticOptimizer.firstMoment, secondMoment: criticOptimizer.secondMoment, stepCount: updates)
        return try restoreMemory(from: stored)
    }
}
