import M3DTModel
import M3DTTensor

/// Which weights of a trained policy are fine-tuned.
public enum FineTuneParts: String, Codable, Sendable, CaseIterable {
    /// All: backbone, experts and routers.
    case whole
    /// The adapters beside the frozen backbone: experts and routers.
    case experts
    /// The routers alone.
    case router
}

/// Trains a finished policy further on other tasks.
public final class FineTuneStage: Trainable {
    public static let name = "fine-tune"
    public let backbone: any SequenceModel
    public let mixture: MixtureOfExperts?
    private let parts: FineTuneParts

    /// Goes on with a network that exists.
    ///
    /// - Throws: ``TrainingError/option(name:value:allowed:)`` where the network lacks the parts.
    public init(_ backbone: any SequenceModel, mixture: MixtureOfExperts?, parts: FineTuneParts) throws {
        guard mixture != nil || parts == .whole else {
            throw TrainingError.option(
                name: "fineTune.parts", value: parts.rawValue, allowed: "whole for a policy without experts")
        }
        self.backbone = backbone
        self.mixture = mixture
        self.parts = parts
    }

    public var name: String { Self.name }
    public var model: ModelConfiguration { backbone.configuration }
    public var trainableParameters: [NamedParameter] {
        switch parts {
        case .whole: backbone.trainableParameters + mixtureParameters
        case .experts: mixtureParameters
        case .router: mixture?.routerParameters ?? []
        }
    }
    public var frozenParameters: [NamedParameter] {
        switch parts {
        case .whole: []
        case .experts: backbone.namedParameters
        case .router: backbone.namedParameters + (mixture?.expertParameters ?? [])
        }
    }
    public var savedParameters: [NamedParameter] { backbone.namedParameters + mixtureParameters }
    public var rowsAreIndependent: Bool { mixture?.rowsAreIndependent ?? true }
    public var settings: [String: String] {
        (mixture.map { StageIdentity.fields(of: $0.configuration) } ?? [:]).merging(["parts": parts.rawValue]) { $1 }
    }

    private var mixtureParameters: [NamedParameter] { mixture?.namedParameters ?? [] }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        let branch = mixture.map { pass.branch($0, trainsExperts: parts != .router) }
        let context = parts == .whole ? pass.trained : pass.frozen
        return try pass.complete(backbone.loss(batch.input, actionMask: batch.actionMask, branch: branch, context))
    }
}
