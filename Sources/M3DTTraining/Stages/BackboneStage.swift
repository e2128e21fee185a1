import M3DTModel
import M3DTRandom
import M3DTTensor

/// Stage 1: a model without experts on all tasks, or on one.
public final class BackboneStage: Trainable {
    public static let name = "backbone"
    public let name: String
    public let backbone: any SequenceModel

    /// Goes on with a backbone that exists.
    public init(_ backbone: any SequenceModel, name: String = BackboneStage.name) {
        self.backbone = backbone
        self.name = name
    }

    /// Begins with fresh weights, which depend on the seed and the name alone.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public convenience init(_ model: ModelConfiguration, name: String = BackboneStage.name, seed: UInt64) throws {
        self.init(try model.makeModel(stream: .initialWeights(of: name, seed: seed)), name: name)
    }

    /// The stage of one task's agent, such as `agent-ant-dir-07`.
    ///
    /// - Throws: As ``init(_:name:seed:)``.
    public static func agent(of task: String, _ model: ModelConfiguration, seed: UInt64) throws -> BackboneStage {
        try BackboneStage(model, name: "agent-\(task)", seed: seed)
    }

    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { backbone.trainableParameters }
    public var frozenParameters: [NamedParameter] { [] }
    public var savedParameters: [NamedParameter] { backbone.namedParameters }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        try backbone.loss(batch.input, actionMask: batch.actionMask, branch: nil, pass.trained)
    }
}
