import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

@Suite struct WideningTests {
    static let mixtures: [Variant] = [.dense, .topK, .soft, .sequence, .attention, .linearRouter]

    /// A mixture, and the same with two experts more.
    private func widened(_ variant: Variant) throws -> (old: MixtureOfExperts, new: MixtureOfExperts, added: [Expert]) {
        let old = try #require(try variant.branch() as? MixtureOfExperts)
        let added = try (0..<2).map {
            try Expert(
                variant.configuration, options: old.configuration.expert, stream: RandomStream(seed: 9).split($0))
        }
        return (old, try MixtureOfExperts(variant.configuration, widening: old, with: added), added)
    }

    private func bits(_ tensor: Tensor) throws -> [UInt32] { try tensor.contiguous().floats().map(\.bitPattern) }

    @Test(arguments: mixtures)
    func oldWeightsKeepTheirBits(variant: Variant) throws {
        let (old, new, _) = try widened(variant)
        #expect(new.expertCount == 5 && new.configuration.gate == old.configuration.gate)
        let weights = Dictionary(uniqueKeysWithValues: new.namedParameters.map { ($0.name, $0.parameter.value) })
        for named in old.namedParameters {
            let (value, wide) = (named.parameter.value, try #require(weights[named.name]))
            #expect(try bits(wide.narrowed(0, 0..<value.shape[0])) == bits(value), "\(named.name)")
        }
    }

    @Test func newExpertsAreCopied() throws {
        let (_, new, added) = try widened(.dense)
        for (index, expert) in added.enumerated() {
            for named in expert.namedParameters where named.name.hasSuffix("c_fc.weight") {
                let block = named.name.prefix { $0 != "." }
                let stack = try #require(new.expertParameters.first { $0.name == "\(block).experts.c_fc.weight" })
                let own = try stack.parameter.value.narrowed(0, 3 + index..<4 + index)
                #expect(try bits(own) == bits(named.parameter.value))
            }
        }
    }

    @Test(arguments: [Variant.dense, .soft, .sequence, .attention, .linearRouter])
    func newExpertsHaveAtMostTheirShareAndOldOnesKeepTheirRatios(variant: Variant) throws {
        let (old, new, _) = try widened(variant)
        var stream = RandomStream(seed: 2)
        // Far larger than what a router meets, so that its scores spread.
        let hidden = try Tensor.normal([64, variant.configuration.width], deviation: 3, stream: &stream)
        for (before, after) in zip(old.routers, new.routers) {
            let (narrow, wide) = try Gradients.off {
                try (before(hidden, exact).floats(), after(hidden, exact).floats())
            }
            var largest: Float = 0
            for token in 0..<64 {
                let (known, all) = (narrow[3 * token..<3 * token + 3], wide[5 * token..<5 * token + 5])
                largest = max(largest, all.suffix(2).max() ?? 0)
                #expect(abs(all.reduce(0, +) - 1) < 1e-5)
                let kept = all.prefix(3).reduce(0, +)
                for (one, other) in zip(known, all.prefix(3)) { #expect(abs(other / kept - one) < 1e-4) }
            }
            #expect(largest <= Float(MixtureOfExperts.freshShare) * 1.0001)
            #expect(largest > 0, "an expert without any weight would never be trained into use")
        }
    }

    @Test(arguments: [Variant.dense, .sequence, .attention, .linearRouter])
    func theMixtureHardlyChangesWhatItComputes(variant: Variant) throws {
        let (old, new, _) = try widened(variant)
        let model = try #require(try variant.model() as? PromptDT)
        func actions(_ branch: any FeedForwardBranch) throws -> Tensor {
            try Gradients.off {
                try model.actions(randomInput(variant.configuration), branch: BranchPass(branch, exact), exact)
            }
        }
        let change = try distance(actions(old), actions(new))
        #expect(change > 0 && change < 0.1, "\(change)")
    }
}
