import Foundation
import M3DTSimulation
import M3DTStorage
import M3DTTensor

/// One file holds the networks, their optimisers, the memory and all snapshots; it is there as a whole or not at all.
extension ActorTraining {
    private typealias Record = ActorRecord<Learner.Settings, Learner.State>

    private static var format: String { "m3dt-actor-\(Learner.Settings.label)-3" }

    /// Replaces the file by the present state.
    ///
    /// - Throws: A storage error; the file of before is then still whole.
    func save() throws {
        let record = Record(
            task: task.name, settings: settings, start: start?.name, round: round, learner: learner.state,
            lookRounds: snapshots.map(\.round), lookReturns: snapshots.map(\.meanReturn))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(record), as: UTF8.self)
        try SafetensorsWriter.write(
            to: file, metadata: ["format": Self.format, "record": text],
            tensors: learner.buffers.map { $0.tensor.stored(as: $0.name) } + learner.storedMemory + storedSnapshots)
    }

    /// Takes over the state that the file holds.
    ///
    /// - Throws: `SimulationError`, or a storage error; the training is then of no use.
    func restore() throws {
        let stored = try SafetensorsFile(contentsOf: file)
        guard stored.metadata["format"] == Self.format, let text = stored.metadata["record"],
            let record = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)),
            record.lookRounds.count == record.lookReturns.count
        else { throw unreadable("it is no state of a training") }
        var otherwise = record.settings
        otherwise.rounds = settings.rounds  // a training may be made longer
        guard otherwise == settings, record.task == task.name, record.start == start?.name else {
            throw SimulationError.otherSettings(path: file.path)
        }
        for (name, tensor) in learner.buffers {
            let values = try Tensor.read(name, from: stored)
            guard values.shape == tensor.shape else {
                throw unreadable("'\(name)' has shape \(values.shape), not \(tensor.shape)")
            }
            try tensor.assign(values)
        }
        round = record.round
        if let problem = try learner.restore(record.learner, from: stored) { throw unreadable(problem) }
        try restoreSnapshots(stored, record)
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

    private func restoreSnapshots(_ stored: SafetensorsFile, _ record: Record) throws {
        let shapes = try learner.policy().layers
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
