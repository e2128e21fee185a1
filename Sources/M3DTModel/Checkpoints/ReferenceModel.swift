import Foundation
import M3DTRandom
import M3DTTensor

/// A model made of the files of the authors' release that go together.
///
/// A backbone alone; a backbone and one expert, which then always has the whole weight; or a backbone and a file of routers,
/// with the experts in that file or in files of their own.
public struct ReferenceModel {
    public let backbone: PromptDT
    /// The experts and routers; nothing for a backbone alone.
    public let mixture: MixtureOfExperts?

    /// Reads the files, in any order.
    ///
    /// - Parameter untold: What the files do not tell of the sizes.
    /// - Throws: ``ModelError`` where the files do not go together or a number is not finite, ``TensorError`` for weights of other
    ///   names or sizes, `StorageError` for damaged or hostile files.
    public init(files: [URL], untold: UntoldSizes = UntoldSizes()) throws {
        let checkpoints = try files.map(ReferenceCheckpoint.init)
        func of(_ kind: ReferenceCheckpoint.Kind) -> [ReferenceCheckpoint] { checkpoints.filter { $0.kind == kind } }
        let (backbones, mixtures) = (of(.backbone), of(.mixture))
        let all = checkpoints.map(\.name).joined(separator: ", ")
        guard backbones.count == 1 else {
            throw ModelError.checkpoint(file: all, problem: .backbones(count: backbones.count))
        }
        guard mixtures.count <= 1 else {
            throw ModelError.checkpoint(file: all, problem: .mixtures(count: mixtures.count))
        }
        let experts = try Self.ordered(of(.expert))
        let hasExperts = checkpoints.count > 1
        // Released experts were trained beside blocks that drop the residual stream.
        let model = try backbones[0].configuration(untold, residual: hasExperts ? .normalized : .preserved)
        try backbones[0].check(backbone: model)
        backbone = try PromptDT(model, stream: RandomStream(seed: 0))
        try backbones[0].load(into: backbone)
        if let routers = mixtures.first {
            mixture = try Self.mixture(routers, experts, of: model)
        } else if experts.count <= 1 {
            mixture = try experts.first.map { try Self.mixture($0, of: model) }
        } else {
            throw ModelError.checkpoint(file: all, problem: .expertsWithoutRouters(count: experts.count))
        }
    }

    private static func mixture(
        _ routers: ReferenceCheckpoint, _ experts: [ReferenceCheckpoint], of model: ModelConfiguration
    ) throws -> MixtureOfExperts {
        let count = try routers.checkedExperts(of: model, experts: experts)
        let mixture = try MixtureOfExperts(
            model, MixtureConfiguration(experts: count), stream: RandomStream(seed: 0))
        try routers.load(into: mixture, of: model, experts: experts)
        return mixture
    }

    /// A mixture of one expert, whose gate is 1 whatever its router says.
    private static func mixture(
        _ checkpoint: ReferenceCheckpoint, of model: ModelConfiguration
    ) throws -> MixtureOfExperts {
        let expert = try Expert(model, stream: RandomStream(seed: 0))
        try checkpoint.load(into: expert, of: model)
        let mixture = try MixtureOfExperts(model, experts: [expert], stream: RandomStream(seed: 0))
        for named in mixture.routerParameters {
            try named.parameter.assign(.zeros(named.parameter.value.shape))
        }
        return mixture
    }

    /// Several experts in the order of the numbers in their names.
    private static func ordered(_ experts: [ReferenceCheckpoint]) throws -> [ReferenceCheckpoint] {
        guard experts.count > 1 else { return experts }
        let numbered = experts.compactMap { expert in
            expert.name.firstMatch(of: /^expert_(\d+)(?:\D|$)/).flatMap { Int($0.output.1) }.map { ($0, expert) }
        }.sorted { $0.0 < $1.0 }
        guard numbered.map(\.0) == Array(experts.indices) else {
            throw ModelError.checkpoint(
                file: experts[0].name, problem: .expertNumbers(names: experts.map(\.name).sorted()))
        }
        return numbered.map(\.1)
    }
}
