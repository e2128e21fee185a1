import Foundation
import M3DTModel
import M3DTStorage
import M3DTTensor

/// The files of one stage.
///
/// `checkpoint.safetensors` while it is being trained; `weights.safetensors`, `model.json` and `stage.json` when it is done. The
/// last is written last: where it is, the stage is finished. `end.json` is there too where the stage could end before its last step.
public struct StageFolder: Sendable {
    public let url: URL

    public init(_ url: URL) {
        self.url = url
    }

    public var weights: URL { url.appendingPathComponent("weights.safetensors") }
    public var modelFile: URL { url.appendingPathComponent("model.json") }
    public var record: URL { url.appendingPathComponent("stage.json") }
    public var checkpointFile: URL { url.appendingPathComponent("checkpoint.safetensors") }

    public var end: URL { url.appendingPathComponent("end.json") }

    /// The stage has been trained to its end.
    public var isFinished: Bool { FileManager.default.fileExists(atPath: record.path) }

    /// The sizes of the model that was trained here.
    ///
    /// - Throws: ``StorageError`` or ``TrainingError/damagedFile(file:problem:)`` where the file is missing or damaged.
    public func readModel() throws -> ModelConfiguration {
        try JSONFile.read(ModelConfiguration.self, from: modelFile)
    }

    /// How a finished stage ended that could do so before its last step; nothing for other stages.
    ///
    /// - Throws: ``StorageError`` or ``TrainingError/damagedFile(file:problem:)`` where the file is damaged.
    public func readEnd() throws -> StageEnd? {
        guard FileManager.default.fileExists(atPath: end.path) else { return nil }
        return try JSONFile.read(StageEnd.self, from: end)
    }

    /// Reads a finished stage's weights.
    ///
    /// - Throws: ``StorageError`` for a missing or damaged file, ``TensorError`` for weights of another model.
    public func readWeights(into parameters: [NamedParameter]) throws {
        try WeightList(parameters).load(from: SafetensorsFile(contentsOf: weights))
    }

    var checkpoint: Checkpoint { Checkpoint(url: checkpointFile) }

    /// Makes the folder where it is not there yet.
    func create() throws {
        try Folder.create(url)
    }

    /// Writes the results and removes the checkpoint.
    ///
    /// - Throws: ``StorageError`` where a file cannot be written; the checkpoint is then still there.
    func finish(_ stage: any Trainable, identity: StageIdentity, end: StageEnd?) throws {
        try SafetensorsWriter.write(to: weights, tensors: WeightList(stage.savedParameters).storedWeights())
        try JSONFile.write(stage.model, to: modelFile)
        if let end { try JSONFile.write(end, to: self.end) }
        try JSONFile.write(identity, to: record)
        try removeCheckpoint()
    }

    /// Removes the checkpoint of a finished stage, where a kill has left it.
    func removeCheckpoint() throws {
        guard unlink(checkpointFile.path) == 0 || errno == ENOENT else {
            throw StorageError.system(path: checkpointFile.path, operation: "removing", code: errno)
        }
    }

    /// The identity of the training that finished here.
    func readIdentity() throws -> StageIdentity {
        try JSONFile.read(StageIdentity.self, from: record)
    }
}

/// Any weights, to be stored and loaded together.
private final class WeightList: Module {
    let namedParameters: [NamedParameter]

    init(_ namedParameters: [NamedParameter]) {
        self.namedParameters = namedParameters
    }
}
