import M3DTModel
import M3DTRandom
import M3DTTensor

/// A mixture trained end to end: backbone, experts and routers at once, on all tasks, from fresh weights.
public final class JointStage: Trainable {
    public static let name = "joint"
    public let backbone: any SequenceModel
    public let mixture: MixtureOfExperts

    /// Begins with fresh weights.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public init(_ model: ModelConfiguration, mixture: MixtureConfiguration, seed: UInt64) throws {
        let stream = RandomStream.initialWeights(of: Self.name, seed: seed)
        backbone = try model.makeModel(stream: stream.split("backbone"))
        self.mixture = try MixtureOfExperts(model, mixture, stream: stream.split("mixture"))
    }

    public var name: String { Self.name }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { backbone.trainableParameters + mixture.namedParameters }
    public var frozenParameters: [NamedParameter] { [] }
    public var savedParameters: [NamedParameter] { backbone.namedParameters + mixture.namedParameters }
    public var rowsAreIndependent: Bool { mixture.rowsAreIndependent }
    public var settings: [String: String] { StageIdentity.fields(of: mixture.configuration) }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = pass.branch(mixture, trainsExperts: true)
        return try pass.complete(
            backbone.loss(batch.input, actionMask: batch.actionMask, branch: branch, pass.trained))
    }
}
