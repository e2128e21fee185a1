import M3DTModel
import M3DTRandom
import M3DTTensor

/// Stage 1: a Prompt Decision Transformer on all tasks.
public final class BackboneStage: Trainable {
    public static let name = "backbone"
    public let backbone: PromptDT

    /// Goes on with a backbone that exists.
    public init(_ backbone: PromptDT) {
        self.backbone = backbone
    }

    /// Begins with fresh weights.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public convenience init(_ model: ModelConfiguration, seed: UInt64) throws {
        self.init(try PromptDT(model, stream: .initialWeights(of: Self.name, seed: seed)))
    }

    public var name: String { Self.name }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { backbone.trainableParameters }
    public var frozenParameters: [NamedParameter] { [] }
    public var savedParameters: [NamedParameter] { backbone.namedParameters }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        try batch.actionLoss(of: backbone.actions(batch.input, pass.trained))
    }
}
