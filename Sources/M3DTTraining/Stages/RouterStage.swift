import M3DTModel
import M3DTRandom
import M3DTTensor

/// What stage 3 trains beside a frozen backbone.
public enum RouterTraining: String, Codable, Sendable, CaseIterable {
    /// The routers alone: M3DT's.
    case routers
    /// The experts with them.
    case routersAndExperts
}

/// Stage 3: the routers over all experts, on all tasks; the backbone is frozen, and so are the experts by default.
public final class RouterStage: Trainable {
    public static let name = "router"
    public let mixture: MixtureOfExperts
    public let backbone: any SequenceModel
    private let training: RouterTraining

    /// Begins with fresh routers over copies of the experts' weights.
    ///
    /// - Parameter mixture: Default: the paper's.
    /// - Throws: ``ModelError/configuration(field:problem:)`` where there are no experts or the choices do not fit together.
    public init(
        _ experts: [Expert], beside backbone: any SequenceModel, mixture: MixtureConfiguration? = nil,
        training: RouterTraining = .routers, seed: UInt64
    ) throws {
        self.backbone = backbone
        self.training = training
        self.mixture = try MixtureOfExperts(
            backbone.configuration, mixture, experts: experts, stream: .initialWeights(of: Self.name, seed: seed))
    }

    /// Goes on with routers that exist.
    public init(_ mixture: MixtureOfExperts, beside backbone: any SequenceModel, training: RouterTraining = .routers) {
        self.backbone = backbone
        self.training = training
        self.mixture = mixture
    }

    public var name: String { Self.name }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] {
        training == .routers ? mixture.routerParameters : mixture.namedParameters
    }
    public var frozenParameters: [NamedParameter] {
        backbone.namedParameters + (training == .routers ? mixture.expertParameters : [])
    }
    public var savedParameters: [NamedParameter] { trainableParameters }
    public var rowsAreIndependent: Bool { mixture.rowsAreIndependent }
    public var settings: [String: String] {
        StageIdentity.fields(of: mixture.configuration).merging(["training": training.rawValue]) { $1 }
    }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = pass.branch(mixture, trainsExperts: training == .routersAndExperts)
        return try pass.complete(
            backbone.loss(batch.input, actionMask: batch.actionMask, branch: branch, pass.frozen))
    }
}
