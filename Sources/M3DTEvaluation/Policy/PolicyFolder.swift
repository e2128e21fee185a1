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
/// names of the reference's state dictionary, and those of the experts and routers as `mixture.NAME`.
///
/// From Python: `json.load(open("policy/policy.json"))` and `safetensors.torch.load_file("policy/weights.safetensors")`.
public struct PolicyFolder {
    /// The name of the description in the folder.
    public static let descriptionName = "policy.json"
    /// The name of the file of weights in the folder.
    public static let weightsName = "weights.safetensors"

    public let description: PolicyDescription
    public let backbone: PromptDT
    /// The experts and routers, where the policy has any.
    public let mixture: MixtureOfExperts?

    /// Reads a folder and checks all that is in it.
    ///
    /// - Throws: ``PolicyError`` for a description that makes no sense or weights that are not finite, ``TensorError`` for
    ///   missing, unexpected or misshapen weights, ``StorageError`` for files that are missing or damaged.
    public init(contentsOf url: URL) throws {
        try AtomicFolder.recover(url)
        let description = try Self.readDescription(url.appendingPathComponent(Self.descriptionName))
        self.description = description
        backbone = try PromptDT(description.model, stream: RandomStream(seed: 0))
        mixture = try description.expertCount.map { try MixtureOfExperts(description.model, expertCount: $0) }
        try loadWeights(SafetensorsFile(contentsOf: url.appendingPathComponent(Self.weightsName)))
    }

    /// Writes a folder, or replaces one; a reader finds the old or the whole new one at every moment.
    ///
    /// - Throws: ``PolicyError`` where the parts do not fit together or a weight is not finite, ``StorageError`` where the
    ///   folder cannot be written. An old folder is then as it was.
    public static func write(
        _ description: PolicyDescription, backbone: PromptDT, mixture: MixtureOfExperts? = nil, to url: URL
    ) throws {
        try description.validate()
        try check(description, fits: backbone, mixture)
        let parts = named(backbone, mixture)
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
        var weights: [String: [String: Tensor]] = [:]
        for name in file.names {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0] == "backbone" || parts[0] == "mixture" && mixture != nil else {
                throw TensorError.unexpectedWeight(name: name, file: file.url.path)
            }
            let tensor = try Tensor.read(name, from: file)
            try Self.checkFinite(tensor, name, file: file.url.path)
            weights[parts[0], default: [:]][parts[1]] = tensor
        }
        try backbone.load(weights["backbone"] ?? [:], source: file.url.path)
        try mixture?.load(weights["mixture"] ?? [:], source: file.url.path)
    }
}

// Writing.
extension PolicyFolder {
    private static func named(_ backbone: PromptDT, _ mixture: MixtureOfExperts?) -> [NamedParameter] {
        backbone.namedParameters(under: "backbone") + (mixture?.namedParameters(under: "mixture") ?? [])
    }

    private static func check(
        _ description: PolicyDescription, fits backbone: PromptDT, _ mixture: MixtureOfExperts?
    ) throws {
        guard description.model == backbone.configuration else {
            throw PolicyError.otherModel(problem: "the sizes of the backbone are not those of the description")
        }
        guard description.expertCount == mixture?.expertCount else {
            throw PolicyError.otherModel(
                problem: "the description says \(description.expertCount ?? 0) experts, there are "
                    + "\(mixture?.expertCount ?? 0)")
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
