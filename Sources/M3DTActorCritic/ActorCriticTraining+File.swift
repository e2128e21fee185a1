import Foundation
import M3DTSimulation
import M3DTStorage
import M3DTTensor

/// One file holds the networks, their optimisers, the memory and all snapshots; it is there as a whole or not at all.
extension ActorCriticTraining {
    private static let format = "m3dt-actor-critic-2"

    /// Replaces the file by the present state.
    ///
    /// - Throws: A storage error; the file of before is then still whole.
    func save() throws {
        let record = ActorCriticRecord(
            task: task.name, settings: settings, round: round, updates: learner.updates,
            temperature: learner.temperature, observations: learner.scale.moments, lookRounds: snapshots.map(\.round),
            lookReturns: snapshots.map(\.meanReturn))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(record), as: UTF8.self)
        try SafetensorsWriter.write(
            to: file, metadata: ["format": Self.format, "record": text],
            tensors: buffers.map { $0.tensor.stored(as: $0.name) } + storedMemory + storedSnapshots)
    }

    /// Takes over the state that the file holds.
    ///
    /// - Throws: `SimulationError`, or a storage error; the training is then of no use.
    func restore() throws {
        let stored = try SafetensorsFile(contentsOf: file)
        guard stored.metadata["format"] == Self.format, let text = stored.metadata["record"],
            let record = try? JSONDecoder().decode(ActorCriticRecord.self, from: Data(text.utf8)),
            record.lookRounds.count == record.lookReturns.count,
            record.observations.mean.count == task.observationWidth
        else { throw unreadable("it is no state of a training") }
        var otherwise = record.settings
        otherwise.rounds = settings.rounds  // a training may be made longer
        guard otherwise == settings, record.task == task.name else {
            throw SimulationError.otherSettings(path: file.path)
        }
        for (name, tensor) in buffers {
            let values = try Tensor.read(name, from: stored)
            guard values.shape == tensor.shape else {
                throw unreadable("'\(name)' has shape \(values.shape), not \(tensor.shape)")
            }
            try tensor.assign(values)
        }
        (round, learner.updates, learner.temperature) = (record.round, record.updates, record.temperature)
        learner.scale = try FeatureScale(record.observations)
        let (actor, critics) = (learner.actorOptimizer, learner.criticOptimizer)
        try actor.restore(
            firstMoment: actor.firstMoment, secondMoment: actor.secondMoment,
            stepCount: record.updates / settings.actorDelay)
        try critics.restore(
            firstMoment: critics.firstMoment, secondMoment: critics.secondMoment, stepCount: record.updates)
        try restoreMemory(stored)
        try restoreSnapshots(stored, record)
    }

    private var buffers: [(name: String, tensor: Tensor)] {
        [
            ("actor", learner.actorOptimizer.parameters.values), ("actor.first", learner.actorOptimizer.firstMoment),
            ("actor.second", learner.actorOptimizer.secondMoment),
            ("critics", learner.criticOptimizer.parameters.values),
            ("critics.first", learner.criticOptimizer.firstMoment),
            ("critics.second", learner.criticOptimizer.secondMoment), ("critics.slow", learner.slowWeights),
        ]
    }

    private var storedMemory: [SafetensorsTensor] {
        let episodes = memory.episodes
        func joined(_ name: String, _ path: KeyPath<ReplayEpisode, [Float]>) -> SafetensorsTensor {
            let count = episodes.reduce(0) { $0 + $1[keyPath: path].count }
            return SafetensorsTensor(name: name, type: .float32, shape: [count]) { sink in
                for episode in episodes { try episode[keyPath: path].withUnsafeBytes { try sink.write($0) } }
            }
        }
        return [
            SafetensorsTensor(
                name: "memory.steps", shape: [episodes.count], values: episodes.map { Int64($0.rewards.count) }),
            SafetensorsTensor(
                name: "memory.terminated", shape: [episodes.count],
                values: episodes.map { UInt8($0.terminated ? 1 : 0) }),
            joined("memory.observations", \.observations), joined("memory.actions", \.actions),
            joined("memory.rewards", \.rewards),
        ]
    }

    private func restoreMemory(_ stored: SafetensorsFile) throws {
        let steps = try stored.array("memory.steps", as: Int64.self).map { Int($0) }
        let terminated = try stored.array("memory.terminated", as: UInt8.self)
        var (observations, actions, rewards) = (
            try stored.array("memory.observations", as: Float.self)[...],
            try stored.array("memory.actions", as: Float.self)[...],
            try stored.array("memory.rewards", as: Float.self)[...]
        )
        let total = steps.reduce(0, +)
        guard steps.allSatisfy({ $0 > 0 }), terminated.count == steps.count, rewards.count == total,
            actions.count == total * task.actionWidth,
            observations.count == (total + steps.count) * task.observationWidth
        else { throw unreadable("the remembered episodes do not fit together") }
        memory.add(
            zip(steps, terminated).map { steps, terminated in
                let episode = ReplayEpisode(
                    observations: Array(observations.prefix((steps + 1) * task.observationWidth)),
                    actions: Array(actions.prefix(steps * task.actionWidth)), rewards: Array(rewards.prefix(steps)),
                    terminated: terminated == 1)
                observations.removeFirst(episode.observations.count)
                actions.removeFirst(episode.actions.count)
                rewards.removeFirst(episode.rewards.count)
                return episode
            })
    }

    private var storedSnapshots: [SafetensorsTensor] {
        snapshots.flatMap { snapshot in
            snapshot.policy.layers.enumerated().flatMap { index, layer in
                let name = "look.\(snapshot.round).\(index)"
                let rows = layer.biases.count
                return [
                    SafetensorsTensor(
                        name: name + ".weights", shape: [rows, layer.weights.count / rows], values: layer.weights),
                    SafetensorsTensor(name: name + ".biases", shape: [rows], values: layer.biases),
                ]
            }
        }
    }

    private func restoreSnapshots(_ stored: SafetensorsFile, _ record: ActorCriticRecord) throws {
        let shapes = try learner.actor.policy().layers
        snapshots = try zip(record.lookRounds, record.lookReturns).map { round, meanReturn in
            let layers = try shapes.enumerated().map { index, shape in
                let weights = try stored.array("look.\(round).\(index).weights", as: Float.self)
                let biases = try stored.array("look.\(round).\(index).biases", as: Float.self)
                guard weights.count == shape.weights.count, biases.count == shape.biases.count else {
                    throw unreadable("the actor of round \(round) is of another size")
                }
                return NetworkPolicy.Layer(weights: weights, biases: biases)
            }
            return ActorSnapshot(round: round, meanReturn: meanReturn, policy: NetworkPolicy(layers: layers))
        }
    }

    private func unreadable(_ reason: String) -> SimulationError {
        .demonstratorsUnreadable(path: file.path, reason: reason)
    }
}
