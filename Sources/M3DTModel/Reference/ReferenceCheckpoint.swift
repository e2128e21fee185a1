import Foundation
import M3DTStorage
import M3DTTensor

/// Weights as the authors' release saves them: PyTorch archives, read without running any code.
///
/// Deviation: constant buffers in them (attention masks) are skipped.
public enum ReferenceCheckpoint {
    private static let buffers = [".attn.bias", ".attn.masked_bias"]

    /// Loads a backbone (`prompt_model_…`).
    ///
    /// - Throws: ``StorageError`` for a damaged or hostile file, ``TensorError`` for a model of other sizes.
    public static func loadBackbone(_ url: URL, into model: PromptDT) throws {
        let weights = try tensors(of: url).filter { name, _ in !buffers.contains { name.hasSuffix($0) } }
        try model.load(weights, source: url.lastPathComponent)
    }

    /// Loads one expert (`expert_{i}_…`).
    ///
    /// - Throws: As ``loadBackbone(_:into:)``.
    public static func loadExpert(_ url: URL, into expert: Expert) throws {
        try expert.load(tensors(of: url), source: url.lastPathComponent)
    }

    /// Loads routers and experts (`moe_…`); the file keeps the experts apart, the mixture stacks them.
    ///
    /// - Throws: As ``loadBackbone(_:into:)``.
    public static func loadMixture(_ url: URL, into mixture: MixtureOfExperts) throws {
        let weights = try tensors(of: url)
        var stacked = weights.filter { !$0.key.contains(".experts.") }
        for named in mixture.expertParameters {
            stacked[named.name] = try stack(weights, named.name, count: mixture.expertCount)
        }
        let used = mixture.expertParameters.count * mixture.expertCount
        guard weights.count == stacked.count - mixture.expertParameters.count + used else {
            throw ModelError.referenceCheckpoint(
                file: url.lastPathComponent, problem: "holds more experts than the model's \(mixture.expertCount)")
        }
        try mixture.load(stacked, source: url.lastPathComponent)
    }

    /// The number of experts in a mixture's file.
    ///
    /// - Throws: ``StorageError`` for a damaged or hostile file.
    public static func expertCount(_ url: URL) throws -> Int {
        try PyTorchArchive(contentsOf: url).flattenedTensors().keys
            .count { $0.hasPrefix("block_0.experts.") && $0.hasSuffix(".c_fc.bias") }
    }

    /// `block_0.experts.c_fc.weight` from `block_0.experts.0.c_fc.weight`, `block_0.experts.1.c_fc.weight` and so on.
    private static func stack(_ weights: [String: Tensor], _ name: String, count: Int) throws -> Tensor? {
        let single = (0..<count).map { name.replacing(".experts.", with: ".experts.\($0).") }
        let parts = single.compactMap { weights[$0] }
        return parts.count == count ? try .stacked(parts, dimension: 0) : nil
    }

    private static func tensors(of url: URL) throws -> [String: Tensor] {
        let archive = try PyTorchArchive(contentsOf: url)
        return try archive.flattenedTensors().mapValues { tensor in
            try archive.bytes(of: tensor).withUnsafeBytes {
                try Tensor.from(bytes: $0, type: tensor.type, shape: tensor.shape)
            }
        }
    }
}
