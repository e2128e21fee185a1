import Foundation
import M3DTStorage
import M3DTTensor

/// Everything that a stage needs to go on, in one file that is either there as a whole or not at all.
///
/// Weights under training, what else the stage changes, both moments of the optimiser, the number of steps done and what is measured since the last record. The
/// random streams and the sampler need no place: they are functions of the step.
struct Checkpoint {
    /// Where a stage stands.
    struct Position: Codable, Equatable {
        /// Steps done.
        var step = 0
        /// Seconds of work so far.
        var seconds = 0.0
        var window = MetricsWindow()
        /// With a rule that ends the stage at the conflict peak.
        var peak: ConflictPeak?
    }

    let url: URL

    var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Replaces the file by the present state.
    ///
    /// - Throws: ``StorageError`` where it cannot be written; an older checkpoint is then still whole.
    func write(
        _ position: Position, of identity: StageIdentity, _ optimizer: AdamW, state: [NamedParameter]
    ) throws {
        try SafetensorsWriter.write(
            to: url,
            metadata: [
                "format": Self.format, "identity": try Self.text(identity), "position": try Self.text(position),
            ],
            tensors: tensors(optimizer, state).map { $0.tensor.stored(as: $0.name) })
    }

    /// Reads the state back into the optimiser and its weights.
    ///
    /// - Throws: ``TrainingError`` where the file belongs to another training or lacks something, ``StorageError`` where it is
    ///   damaged; then nothing has been changed.
    func read(into optimizer: AdamW, of identity: StageIdentity, state: [NamedParameter]) throws -> Position {
        let file = try open(of: identity)
        let position: Position = try decode("position", file)
        guard position.step <= identity.options.steps else {
            throw TrainingError.checkpointAhead(file: url.path, step: position.step, steps: identity.options.steps)
        }
        let stored = try tensors(optimizer, state).map { own in
            let tensor = try Tensor.read(own.name, from: file, device: own.tensor.device)
            guard tensor.shape == own.tensor.shape else {
                throw damaged("'\(own.name)' has the shape \(tensor.shape), not \(own.tensor.shape)")
            }
            return tensor
        }
        try optimizer.parameters.values.assign(stored[0])
        try optimizer.restore(firstMoment: stored[1], secondMoment: stored[2], stepCount: position.step)
        for (named, tensor) in zip(state, stored.dropFirst(3)) { try named.parameter.assign(tensor) }
        return position
    }

    /// Checks that the file belongs to a training.
    ///
    /// - Throws: ``TrainingError`` where it belongs to another, ``StorageError`` where it is damaged.
    func check(_ identity: StageIdentity) throws { _ = try open(of: identity) }

    private func open(of identity: StageIdentity) throws -> SafetensorsFile {
        let file = try SafetensorsFile(contentsOf: url)
        guard file.metadata["format"] == Self.format else { throw damaged("it is no checkpoint of this version") }
        try identity.check(matches: decode("identity", file), file: url, steps: false)
        return file
    }

    private static let format = "m3dt-checkpoint-2"

    private func tensors(_ optimizer: AdamW, _ state: [NamedParameter]) -> [(name: String, tensor: Tensor)] {
        let own = [
            ("values", optimizer.parameters.values), ("first_moment", optimizer.firstMoment),
            ("second_moment", optimizer.secondMoment),
        ]
        return own + state.map { ("state." + $0.name, $0.parameter.value) }
    }

    private func damaged(_ problem: String) -> TrainingError {
        TrainingError.damagedFile(file: url.path, problem: problem)
    }

    private func decode<Value: Decodable>(_ key: String, _ file: SafetensorsFile) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data((file.metadata[key] ?? "").utf8))
        } catch {
            throw damaged("its \(key) cannot be read")
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
