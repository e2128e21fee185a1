import M3DTModel
import M3DTRandom
import M3DTTensor

/// Every form of model and of what can stand beside it, with random weights.
enum Variant: String, CaseIterable, Sendable {
    case plain, withoutPrompt, withoutReturns, bins
    case expert, attentionExpert, dense, topK, soft, sequence, attention, linearRouter, binsWithSoft

    var configuration: ModelConfiguration {
        var configuration = tinyConfiguration(promptSteps: self == .withoutPrompt ? 0 : 2)
        switch self {
        case .withoutReturns: configuration.input = .noReturns
        case .bins, .binsWithSoft: configuration.input = .bins
        default: break
        }
        return configuration
    }

    func model() throws -> any SequenceModel {
        try stirred(configuration.makeModel(stream: RandomStream(seed: 3)))
    }

    func branch() throws -> (any FeedForwardBranch)? {
        let stream = RandomStream(seed: 4)
        var mixture = MixtureConfiguration(experts: 3)
        switch self {
        case .plain, .withoutPrompt, .withoutReturns, .bins: return nil
        case .expert: return try stirred(Expert(configuration, stream: stream))
        case .attentionExpert:
            var options = ExpertOptions()
            options.form = .attention
            return try stirred(Expert(configuration, options: options, stream: stream))
        case .dense: break
        case .topK: (mixture.gate.form, mixture.gate.k) = (.topK, 2)
        case .soft, .binsWithSoft: mixture.gate.form = .soft
        case .sequence: mixture.router.scope = .sequence
        case .attention: mixture.expert.form = .attention
        case .linearRouter: mixture.router.layers = 1
        }
        return try stirred(MixtureOfExperts(configuration, mixture, stream: stream))
    }

    /// Makes weights so large that every part of the model matters.
    private func stirred<Part: Module>(_ part: Part) throws -> Part {
        try stir(part)
        return part
    }

    private func stirred(_ model: any SequenceModel) throws -> any SequenceModel {
        try stir(model)
        return model
    }

    private func stir(_ part: any Module) throws {
        var stream = RandomStream(seed: 5)
        for named in part.namedParameters {
            let value = named.parameter.value
            try named.parameter.assign(value + .normal(value.shape, deviation: 0.2, stream: &stream))
        }
    }
}
