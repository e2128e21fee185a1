import M3DTModel
import M3DTRandom
import M3DTTensor

/// Stage 2: one expert beside the frozen backbone, on the tasks of its group.
public final class ExpertStage: Trainable {
    public let name: String
    public let expert: Expert
    public let backbone: any SequenceModel
    private let options: ExpertOptions
    private let group: String?

    /// Begins an expert with fresh weights, which depend on the seed and its number alone.
    ///
    /// - Parameter group: The ``ExpertGroupStage`` that trains it together with others. Default: none, it is trained alone.
    /// - Throws: ``TensorError`` where an operation fails.
    public init(
        _ number: Int, beside backbone: any SequenceModel, options: ExpertOptions = ExpertOptions(), seed: UInt64,
        group: String? = nil
    ) throws {
        name = Self.name(number)
        self.group = group
        self.backbone = backbone
        self.options = options
        expert = try Expert(
            backbone.configuration, options: options, stream: .initialWeights(of: name, seed: seed))
    }

    /// The name of an expert's stage, such as `expert-3`.
    public static func name(_ number: Int) -> String { "expert-\(number)" }

    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { expert.namedParameters }
    public var frozenParameters: [NamedParameter] { backbone.namedParameters }
    public var savedParameters: [NamedParameter] { expert.namedParameters }

    public var settings: [String: String] {
        StageIdentity.fields(of: options).merging(group.map { ["together": $0] } ?? [:]) { $1 }
    }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = pass.branch(expert, trainsExperts: true)
        return try backbone.loss(batch.input, actionMask: batch.actionMask, branch: branch, pass.frozen)
    }
}
