import Foundation
import M3DTEvaluation
import M3DTModel
import M3DTStorage

/// What a file of weights holds, without reading the weights.
public struct CheckpointSummary {
    /// What it seems to be, by the names of its tensors.
    public enum Kind: String, Sendable, CaseIterable {
        case referenceBackbone = "backbone, as the reference release names it"
        case referenceExpert = "one expert of the reference release"
        case referenceRouters = "routers of the reference release"
        case referenceMixture = "routers and experts of the reference release"
        case huggingFace = "Hugging Face's DecisionTransformerModel"
        case policy = "weights of a policy folder"
        case trajectories = "trajectories of a task"
        case unknown = "unknown"
    }

    public let kind: Kind
    private let file: WeightsFile

    /// Looks into a file, or into the file of weights of a policy folder or one of Hugging Face's.
    ///
    /// - Throws: `StorageError` for a file that is missing, damaged or hostile, `ModelError` for a folder without weights.
    public init(contentsOf url: URL) throws {
        file = try WeightsFile(contentsOf: Self.file(at: url))
        kind = Self.kind(of: Set(file.entries.keys))
    }

    /// All tensors by name.
    public var entries: [String: WeightsEntry] { file.entries }

    /// Numbers in all tensors.
    public var numbers: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// The sizes that the tensors tell, such as `width 256`.
    public var sizes: [String] {
        let prefix = kind == .policy ? "backbone." : ""
        let blocks = kind == .huggingFace ? "encoder.h." : prefix + "transformer.h."
        let widths = [(prefix + "embed_ln.weight", 0), ("block_0.c_fc.weight", 0), ("block_0.router.fc1.weight", 1)]
        let experts = [("mixture.block_0.experts.c_fc.bias", 0), ("block_0.router.fc4.bias", 0)]
        let known: [(String, Int?)] = [
            ("width", size(of: widths)),
            ("layers", [blocks, "block_"].map(file.count).first { $0 > 0 }),
            ("observation", size(of: [(prefix + "embed_state.weight", 1)])),
            ("action", size(of: [(prefix + "embed_action.weight", 1)])),
            ("timesteps", size(of: [(prefix + "embed_timestep.weight", 0)])), ("experts", size(of: experts)),
        ]
        return known.compactMap { name, size in size.map { "\(name) \($0)" } }
    }

    /// A dimension of the first of the given tensors that is there.
    private func size(of places: [(tensor: String, dimension: Int)]) -> Int? {
        places.lazy.compactMap { tensor, dimension in
            entries[tensor].flatMap { $0.shape.indices.contains(dimension) ? $0.shape[dimension] : nil }
        }.first
    }

    private static func file(at url: URL) throws -> URL {
        guard url.isFolder else { return url }
        let policy = url.appendingPathComponent(PolicyFolder.weightsName)
        return FileManager.default.fileExists(atPath: policy.path)
            ? policy : try HuggingFaceCheckpoint.weights(in: url)
    }

    private static func kind(of names: Set<String>) -> Kind {
        func begins(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
        switch ReferenceCheckpoint.Kind(of: names) {
        case .backbone: return .referenceBackbone
        case .expert: return .referenceExpert
        case .mixture: return begins("block_0.experts.") ? .referenceMixture : .referenceRouters
        case nil: break
        }
        if begins("encoder."), names.contains("embed_state.weight") { return .huggingFace }
        if begins("backbone.") || begins("agent-0.") { return .policy }
        return names.isSuperset(of: ["observations", "episode_offsets"]) ? .trajectories : .unknown
    }
}
