import Foundation
import M3DTRandom
import M3DTTensor

extension MixtureOfExperts {
    /// The most weight that each expert added to a mixture has for any token before routers are trained again.
    public static let freshShare = 0.01

    /// Adds experts to a mixture; all weights are copied.
    ///
    /// The experts of the old mixture, and the rows of its routers that score them, keep their bits. Each router scores a new expert
    /// as the mean of the old ones, lowered so that it has at most ``freshShare`` of any token: the mixture hardly changes what
    /// it computes, and the ratios of the old gates stay.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the choices do not fit together.
    public convenience init(_ model: ModelConfiguration, widening old: MixtureOfExperts, with experts: [Expert]) throws
    {
        var configuration = old.configuration
        configuration.experts += experts.count
        let places = try (0..<old.expertCount).map {
            try Expert(model, options: configuration.expert, stream: RandomStream(seed: 0).split($0))
        }
        try self.init(model, configuration, experts: places + experts, stream: RandomStream(seed: 0))
        try Gradients.off {
            try take(old.namedParameters)
            for router in routers { try router.lowerExperts(after: old.expertCount, to: Self.freshShare) }
        }
    }

    /// Copies weights; where there are more experts than in the old weight, those after its own stay.
    private func take(_ weights: [NamedParameter]) throws {
        let own = Dictionary(uniqueKeysWithValues: namedParameters.map { ($0.name, $0.parameter) })
        for named in weights {
            guard let parameter = own[named.name] else { continue }
            let (known, fresh) = (named.parameter.value, parameter.value)
            let count = known.shape[0]
            let rest = count < fresh.shape[0] ? [try fresh.narrowed(0, count..<fresh.shape[0])] : []
            try parameter.assign(.concatenated([known] + rest, dimension: 0))
        }
    }
}

extension Router {
    /// Scores the experts from a number on as the mean of those before, lowered so that each has at most the given share.
    ///
    /// The mean of exponentials is at least the exponential of the mean, so the bound holds for every token.
    func lowerExperts(after known: Int, to share: Double) throws {
        for (parameter, lowering) in [(output.weight, 0), (output.bias, -log(share * Double(known)))] {
            let value = parameter.value
            let old = try value.narrowed(0, 0..<known)
            let fresh = try (old.mean([0], keep: true) - lowering)
                .expanded([value.shape[0] - known] + value.shape.dropFirst())
            try parameter.assign(.concatenated([old, fresh], dimension: 0))
        }
    }
}
