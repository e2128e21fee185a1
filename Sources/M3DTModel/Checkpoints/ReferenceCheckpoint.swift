import Foundation
import M3DTStorage
import M3DTTensor

/// A file of weights as the authors' release saves them, read without running any code.
///
/// There are three kinds, told apart by the names of their tensors: the backbone (`prompt_model_…`), one expert
/// (`expert_{i}_…`), and the routers, with the experts that they weigh (`moe_…`).
public struct ReferenceCheckpoint {
    /// What a file of the release holds.
    public enum Kind: String, Sendable {
        case backbone, expert, mixture

        /// Tells the kind from the names of the tensors; nothing for those of something else.
        public init?(of names: Set<String>) {
            if names.contains("embed_state.weight"), names.contains(where: { $0.hasPrefix("transformer.") }) {
                self = .backbone
            } else if names.contains(where: { $0.hasPrefix("block_0.router.") }) {
                self = .mixture
            } else if names.contains("block_0.c_fc.weight") {
                self = .expert
            } else {
                return nil
            }
        }
    }

    public let kind: Kind
    let tensors: CheckpointTensors

    /// Opens a file and tells its kind.
    ///
    /// - Throws: `StorageError` for a damaged or hostile file, ``ModelError`` for one of no known kind.
    public init(contentsOf url: URL) throws {
        tensors = try CheckpointTensors(contentsOf: url)
        let names = Set(tensors.entries.keys)
        guard let kind = Kind(of: names) else {
            let isHuggingFace = names.contains { $0.hasPrefix("encoder.") }
            throw tensors.problem(isHuggingFace ? .looseHuggingFace : .unknownKind)
        }
        self.kind = kind
    }

    /// The name of the file.
    public var name: String { tensors.name }

    /// The sizes of a backbone that can be told from its tensors, with what they do not tell.
    ///
    /// - Throws: ``TensorError`` or ``ModelError`` where a size cannot be told.
    public func configuration(_ untold: UntoldSizes, residual: ResidualForm) throws -> ModelConfiguration {
        let state = try tensors.dimensions("embed_state.weight", count: 2)
        let action = try tensors.dimensions("embed_action.weight", count: 2)
        let timesteps = try tensors.dimensions("embed_timestep.weight", count: 2)
        guard untold.heads > 0, state[0].isMultiple(of: untold.heads) else {
            throw tensors.problem(.heads(untold.heads, width: state[0]))
        }
        let model = ModelConfiguration(
            stateWidth: state[1], actionWidth: action[1], width: state[0],
            layers: tensors.file.count(after: "transformer.h."), heads: untold.heads, contextSteps: untold.contextSteps,
            promptSteps: untold.promptSteps, episodeSteps: timesteps[0], residual: residual)
        try model.validate()
        return model
    }
}

/// The sizes of a model that its weights do not tell.
public struct UntoldSizes: Sendable, Equatable {
    /// Attention heads of a block. Default: 8, the paper's.
    public var heads = 8
    /// Steps of recent history. Default: 20, the paper's.
    public var contextSteps = 20
    /// Steps of the prompt. Default: 5, the paper's.
    public var promptSteps = 5

    public init() {}
}

// Loading; nothing is changed unless everything fits.
extension ReferenceCheckpoint {
    /// Loads a backbone.
    ///
    /// - Throws: ``TensorError`` for weights of other names or sizes, ``ModelError`` for numbers that are not finite,
    ///   `StorageError` where the file is damaged.
    public func load(into model: PromptDT) throws {
        try check(backbone: model.configuration)
        try model.load(tensors.readAll(), source: name)
    }

    /// Loads one expert of the sizes of a model.
    ///
    /// - Throws: As ``load(into:)``.
    public func load(into expert: Expert, of model: ModelConfiguration) throws {
        try tensors.check(WeightShapes.expert(model))
        try expert.load(tensors.readAll(), source: name)
    }

    /// Loads routers, and experts from this file or from those given; a file keeps experts apart, the mixture stacks them.
    ///
    /// - Throws: As ``load(into:)``; ``ModelError`` where the numbers of experts differ.
    public func load(
        into mixture: MixtureOfExperts, of model: ModelConfiguration, experts: [ReferenceCheckpoint] = []
    ) throws {
        let count = try checkedExperts(of: model, experts: experts)
        guard count == mixture.expertCount else {
            throw tensors.problem(.expertCount(files: mixture.expertCount, routers: count))
        }
        var weights: [String: Tensor] = [:]
        for named in mixture.routerParameters { weights[named.name] = try tensors.read(named.name) }
        for named in mixture.expertParameters {
            weights[named.name] = try .stacked(
                (0..<count).map { number in
                    experts.isEmpty
                        ? try tensors.read(named.name.replacing(".experts.", with: ".experts.\(number)."))
                        : try experts[number].tensors.read(named.name.replacing(".experts.", with: "."))
                }, dimension: 0)
        }
        try mixture.load(weights, source: name)
    }

    /// Checks that a backbone's weights are those of a model, before memory is taken for it.
    func check(backbone model: ModelConfiguration) throws { try tensors.check(WeightShapes.backbone(model)) }

    /// Checks that routers and experts go together and fit a model, before memory is taken for them.
    ///
    /// - Returns: N, the number of experts.
    func checkedExperts(of model: ModelConfiguration, experts: [ReferenceCheckpoint]) throws -> Int {
        let own = tensors.file.count(after: "block_0.experts.")
        guard own == 0 || experts.isEmpty else { throw tensors.problem(.expertsTwice) }
        let count = own + experts.count
        let routed = try tensors.dimensions("block_0.router.fc4.bias", count: 1)[0]
        guard routed == count else { throw tensors.problem(.expertCount(files: count, routers: routed)) }
        let shapes = (0..<own).reduce(into: WeightShapes.routers(model, experts: count)) { shapes, number in
            shapes.merge(WeightShapes.expert(model, number: number)) { $1 }
        }
        try tensors.check(shapes)
        for expert in experts { try expert.tensors.check(WeightShapes.expert(model)) }
        return count
    }
}
