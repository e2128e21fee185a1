import M3DTModel
import M3DTRandom
import M3DTTensor

/// Stage 3: the routers over all experts, on all tasks; backbone and experts are frozen.
public final class RouterStage: Trainable {
    public static let name = "router"
    public let mixture: MixtureOfExperts
    public let backbone: PromptDT

    /// Begins with fresh routers over copies of the experts' weights.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where there are no experts.
    public init(_ experts: [Expert], beside backbone: PromptDT, seed: UInt64) throws {
        self.backbone = backbone
        mixture = try MixtureOfExperts(
            backbone.configuration, experts: experts, stream: .initialWeights(of: Self.name, seed: seed))
    }

    public var name: String { Self.name }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] { mixture.routerParameters }
    public var frozenParameters: [NamedParameter] { backbone.namedParameters + mixture.expertParameters }
    public var savedParameters: [NamedParameter] { mixture.routerParameters }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = BranchPass(mixture, pass.trained)
        return try batch.actionLoss(of: backbone.actions(batch.input, branch: branch, pass.frozen))
    }
}
