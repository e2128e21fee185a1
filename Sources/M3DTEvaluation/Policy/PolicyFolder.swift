import Foundation
import M3DTModel
import M3DTRandom
import M3DTStorage
import M3DTTensor

/// A folder that holds all that is needed to act: `policy.json` and `weights.safetensors`.
///
/// `policy.json` is a ``PolicyDescription`` as JSON: the sizes of the model under `model`, and for each of `tasks` its
/// specification (`task`), the `scaling` of its observations, its `targetReturn` and its `prompts` (row-major arrays of
/// `rows` x `length` steps). `weights.safetensors` holds float32 tensors: those of the backbone as `backbone.NAME`, with the
/// names of the reference's state dictionary, and those of the experts and routers as `mixture.NAME`. A policy with a mask for
/// each task has them as rows of `masks.tasks` (uint8, over the numbers of all weights `backbone.transformer.h.…` and
/// `backbone.transformer.ln_f.…` in their order in the model); one with a model for each task has `agent-0.NAME` and so on
/// instead of a backbone.
///
/// From Python: `json.load(open("policy/policy.json"))` and `safetensors.torch.load_file("policy/weights.safetensors")`.
public struct PolicyFolder {
    /// The name of the description in the folder.
    public static let descriptionName = "policy.json"
    /// The name of the file of weights in the folder.
    public static let weightsName = "weights.safetensors"

    public let description: PolicyDescription
    public let network: PolicyNetwork

    /// Reads a folder and checks all that is in it.
    ///
    /// - Throws: ``PolicyError`` for a description that makes no sense or weights that are not finite, ``TensorError`` for
    ///   missing, unexpected or misshapen weights, ``StorageError`` for files that are missing or damaged.
    public init(contentsOf url: URL) throws {
        try AtomicFolder.recover(url)
        let description = try Self.readDescription(url.appendingPathComponent(Self.descriptionName))
        self.description = description
        network = try FreshWeights.undrawn { try PolicyNetwork(description, stream: RandomStream(seed: 0)) }
        try loadWeights(SafetensorsFile(contentsOf: url.appendingPathComponent(Self.weightsName)))
    }

    /// Writes a folder, or replaces one; a reader finds the old or the whole new one at every moment.
    ///
    /// - Throws: ``PolicyError`` where the parts do not fit together or a weight is not finite, ``StorageError`` where the
    ///   folder cannot be written. An old folder is then as it was.
    public static func write(_ description: PolicyDescription, network: PolicyNetwork, to url: URL) throws {
        try description.validate()
        try network.check(fits: description)
        try checkBranch(of: network, fits: description)
        let parts = network.namedParameters
        for part in parts { try checkFinite(part.parameter.value, part.name, file: url.path) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(description)
        try AtomicFolder.write(to: url) { folder in
            try AtomicFile.write(json, to: folder.appendingPathComponent(descriptionName))
            try SafetensorsWriter.write(
                to: folder.appendingPathComponent(weightsName),
                tensors: parts.map { $0.parameter.value.stored(as: $0.name) })
        }
    }
}

// Reading.
extension PolicyFolder {
    private struct FormatNumber: Decodable {
        let format: Int
    }

    /// Reads the description of a folder alone.
    ///
    /// - Throws: ``PolicyError`` for a description that makes no sense, ``StorageError`` for a file that is missing.
    public static func readDescription(in url: URL) throws -> PolicyDescription {
        try AtomicFolder.recover(url)
        return try readDescription(url.appendingPathComponent(descriptionName))
    }

    private static func readDescription(_ url: URL) throws -> PolicyDescription {
        let file = try MappedFile(url)
        let data = file.withUnsafeBytes { Data($0) }
        do {
            let format = try JSONDecoder().decode(FormatNumber.self, from: data).format
            guard format == PolicyDescription.currentFormat else {
                throw PolicyError.otherFormat(
                    file: url.path, found: format, supported: PolicyDescription.currentFormat)
            }
            let description = try JSONDecoder().decode(PolicyDescription.self, from: data)
            try description.validate()
            return description
        } catch let error as DecodingError {
            throw PolicyError.malformed(file: url.path, problem: error.problem)
        } catch PolicyError.unsound(let problem) {
            throw PolicyError.malformed(file: url.path, problem: problem)
        }
    }

    private func loadWeights(_ file: SafetensorsFile) throws {
        let known = Set(network.parts.map(\.name))
        var weights: [String: [String: Tensor]] = [:]
        for name in file.names {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, known.contains(parts[0]) else {
                throw TensorError.unexpectedWeight(name: name, file: file.url.path)
            }
            let tensor = try Tensor.read(name, from: file)
            try Self.checkFinite(tensor, name, file: file.url.path)
            weights[parts[0], default: [:]][parts[1]] = tensor
        }
        for part in network.parts { try part.module.load(weights[part.name] ?? [:], source: file.url.path) }
    }
}

// Writing.
extension PolicyFolder {
    /// Only a mixture can be saved beside a model, and it must be the description's.
    private static func checkBranch(of network: PolicyNetwork, fits description: PolicyDescription) throws {
        let mixture = network.branch as? MixtureOfExperts
        guard mixture?.configuration == description.mixture, (mixture == nil) == (network.branch == nil) else {
            throw PolicyError.otherModel(
                problem: "the description says \(description.mixture?.experts ?? 0) experts, there are "
                    + "\(mixture?.expertCount ?? 0), or they are of another kind")
        }
    }

    private static func checkFinite(_ tensor: Tensor, _ name: String, file: String) throws {
        guard try Gradients.off(tensor.allFinite) else { throw PolicyError.weightNotFinite(name: name, file: file) }
    }
}

extension DecodingError {
    /// What is wrong and where, in one line.
    fileprivate var problem: String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context): return "'\(place(context.codingPath + [key]))' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not valid JSON" : "'\(place(context.codingPath))' is not what it should be"
        @unknown default: return "it cannot be read"
        }
    }
}
