import Foundation
import M3DTData
import M3DTModel
import M3DTStorage
import M3DTTensor

/// All that determines the weights of a stage after a given step; what differs here cannot be resumed.
struct StageIdentity: Codable {
    let stage: String
    let model: ModelConfiguration
    let options: StageOptions
    /// The stage's own choices.
    let settings: [String: String]
    let tasks: [String]
    let batch: BatchShape
    /// A checksum of the data of the tasks.
    let data: String
    /// Checksums of the weights that stay and of those that training began with.
    let frozenWeights: String
    let initialWeights: String
    /// What ``data`` is where all the data was read for it: in files of trainings in memory and of earlier versions. Not stored.
    private var dataInFull: @Sendable () -> String = { "" }

    private enum CodingKeys: String, CodingKey {
        case stage, model, options, settings, tasks, batch, data, frozenWeights, initialWeights
    }

    /// Notes what a stage is about to be trained with.
    ///
    /// - Parameter tasks: Of each part of the stage.
    /// - Throws: ``TensorError`` where weights cannot be read.
    init(_ stage: any Trainable, source: any BatchSource, tasks parts: [[Int]], options: StageOptions) throws {
        let tasks = parts.flatMap { $0 }
        self.stage = stage.name
        model = stage.model
        self.options = options
        let sizes = parts.count == 1 ? [:] : ["tasksOfParts": parts.map { "\($0.count)" }.joined(separator: ", ")]
        settings = stage.settings.merging(sizes) { $1 }
        self.tasks = tasks.map { source.tasks[$0].name }
        batch = source.shape
        data = source.fingerprint(of: tasks)
        dataInFull = { source.fingerprint(of: tasks, inFull: true) }
        frozenWeights = try Self.checksum(of: stage.frozenParameters)
        initialWeights = try Self.checksum(of: stage.trainableParameters)
    }

    /// A checksum of this, and of where the stage stands.
    ///
    /// - Throws: ``TensorError`` where weights cannot be read.
    func checksum(step: Int, weights: Tensor) throws -> String {
        let fields = Self.fields(of: self).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let numbers: [Float] = try weights.elements()
        let bits = numbers.withUnsafeBytes { Checksum.crc32(of: $0) }
        return Checksum.crc32(of: Data((fields + ["\(step)", bits]).joined(separator: "\n").utf8))
    }

    /// Checks that a file was made by the same training.
    ///
    /// How often something is measured or saved may differ, unless measuring decides when the stage ends. The number of steps may differ too where `steps` is false: a longer
    /// training begins like a shorter one.
    /// - Throws: ``TrainingError/otherConfiguration(file:field:stored:current:)`` for the first field that differs.
    func check(matches stored: StageIdentity, file: URL, steps: Bool) throws {
        let measuring = options.stop == nil && stored.options.stop == nil ? Self.measuring : []
        let ignored = Self.withoutInfluence + measuring + (steps ? [] : ["options.steps"])
        let (old, new) = (Self.fields(of: stored), Self.fields(of: self))
        let names = Set(old.keys).union(new.keys).subtracting(ignored).sorted()
        for name in names where old[name] != new[name] {
            if name == CodingKeys.data.rawValue, stored.data == dataInFull() { continue }
            throw TrainingError.otherConfiguration(
                file: file.path, field: name, stored: old[name] ?? "nothing", current: new[name] ?? "nothing")
        }
    }

    private static let withoutInfluence =
        ["logEvery", "checkpointEvery", "recordTaskGradientNorms"].map { "options." + $0 }
    private static let measuring = ["conflictEvery", "conflictBatches"].map { "options." + $0 }

    /// The values as text by the path of their names, such as `options.seed`.
    static func fields(of value: some Encodable) -> [String: String] {
        // Plain structures of numbers and texts; they always encode.
        let object = (try? JSONSerialization.jsonObject(with: JSONEncoder().encode(value))) ?? [:]
        var fields: [String: String] = [:]
        func add(_ value: Any, _ path: String) {
            if let members = value as? [String: Any] {
                for (key, member) in members { add(member, path.isEmpty ? key : path + "." + key) }
            } else if let list = value as? [Any] {
                fields[path] = list.map { "\($0)" }.joined(separator: ", ")
            } else {
                fields[path] = "\(value)"
            }
        }
        add(object, "")
        return fields
    }

    private static func checksum(of parameters: [NamedParameter]) throws -> String {
        let lines = try parameters.map { named in
            let numbers: [Float] = try named.parameter.value.elements()
            return named.name + " " + numbers.withUnsafeBytes { Checksum.crc32(of: $0) }
        }
        return Checksum.crc32(of: Data(lines.joined(separator: "\n").utf8))
    }
}
