import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

@Suite struct ExpertTests {
    private let stream = RandomStream(seed: 5)

    @Test func aSilentExpertChangesNothingInThePreservedForm() throws {
        #expect(try distanceOfSilentExpert(.preserved) == 0)
    }

    @Test func theNormalizedFormReplacesTheStream() throws {
        #expect(try distanceOfSilentExpert(.normalized) > 1e-6)
    }

    @Test func theMixtureIsTheGatedSumOfItsExperts() throws {
        let configuration = tinyConfiguration()
        let experts = try (0..<3).map { try Expert(configuration, stream: stream.split($0)) }
        let mixture = try MixtureOfExperts(configuration, experts: experts, stream: stream.split("routers"))
        var random = RandomStream(seed: 8)
        let hidden = try Tensor.normal([2, 6, 16], stream: &random)
        let mask = try AttentionMask(keyMask: .full(1, shape: [2, 6]), queries: 6)
        for block in 0..<configuration.layers {
            let gates = try mixture.routers[block](hidden, exact)
            var sum = try Tensor.zeros([2, 6, 16])
            for (index, expert) in experts.enumerated() {
                sum =
                    try sum + expert(hidden, block: block, mask: mask, BranchPass(expert, exact))
                    * gates.narrowed(2, index..<index + 1)
            }
            #expect(try distance(mixture(hidden, block: block, mask: mask, BranchPass(mixture, exact)), sum) < 1e-5)
            #expect(try distance(gates.sum([2]), .full(1, shape: [2, 6])) < 1e-6)
        }
    }

    /// Without the experts of small gates a token's sum is off by what they would have added, which the threshold bounds.
    @Test(arguments: [0.2, 0.35, 0.5]) func whatAThresholdLeavesOutIsBounded(threshold: Double) throws {
        let configuration = tinyConfiguration()
        var random = RandomStream(seed: 8)
        // Fresh weights are so small that gates are nearly even, and experts say little.
        func stir(_ module: any Module) throws {
            for named in module.namedParameters {
                let value = named.parameter.value
                try named.parameter.assign(value + .normal(value.shape, deviation: 0.3, stream: &random))
            }
        }
        let experts = try (0..<3).map { try Expert(configuration, stream: stream.split($0)) }
        for expert in experts { try stir(expert) }
        let mixture = try MixtureOfExperts(configuration, experts: experts, stream: stream.split("routers"))
        for router in mixture.routers { try stir(router) }
        let hidden = try Tensor.normal([2, 6, 16], stream: &random)
        let mask = try AttentionMask(keyMask: .full(1, shape: [2, 6]), queries: 6)
        func length(_ tensor: Tensor) throws -> Tensor { try tensor.square().sum([2], keep: true).squareRoot() }
        for block in 0..<configuration.layers {
            let gates = try mixture.routers[block](hidden, exact)
            var (leftOut, bound) = (try Tensor.zeros([2, 6, 1]), try Tensor.zeros([2, 6, 1]))
            var kept = 0
            for (index, expert) in experts.enumerated() {
                let gate = try gates.narrowed(2, index..<index + 1)
                let size = try length(expert(hidden, block: block, mask: mask, BranchPass(expert, exact)))
                let isSmall = try gate.greater(than: threshold).equals(.zeros([2, 6, 1], type: .bool))
                leftOut = try leftOut + (gate * size).whereTrue(isSmall, otherwise: 0)
                bound = try bound + size * threshold
                kept += try gate.floats().count { Double($0) > threshold }
            }
            let all = try mixture(hidden, block: block, mask: mask, BranchPass(mixture, exact))
            let before = mixture.computedPairs
            mixture.gateThreshold = threshold
            let fewer = try mixture(hidden, block: block, mask: mask, BranchPass(mixture, exact))
            mixture.gateThreshold = 0
            let error = try length(fewer - all)
            #expect(try (error - leftOut).max().scalar() <= 1e-5)
            #expect(try (leftOut - bound).max().scalar() <= 1e-6)
            #expect(try error.max().scalar() > 1e-3)
            #expect(mixture.computedPairs.kept - before.kept == kept)
            #expect(mixture.computedPairs.all - before.all == 36)
            #expect((1..<36).contains(kept))
        }
    }

    @Test func theGatesAreObserved() throws {
        let configuration = tinyConfiguration()
        let backbone = try PromptDT(configuration, stream: stream)
        let experts = try (0..<3).map { try Expert(configuration, stream: stream.split($0)) }
        let mixture = try MixtureOfExperts(configuration, experts: experts, stream: stream)
        var seen: [Int: [Int]] = [:]
        mixture.gateObserver = { seen[$0] = $1.shape }
        let (input, pass) = (try randomInput(configuration), BranchPass(mixture, exact))
        _ = try backbone.predictions(input, branch: pass, exact)
        #expect(seen == [0: [2, 18, 3], 1: [2, 18, 3]])
        _ = try backbone.actions(input, branch: pass, exact)
        #expect(
            seen == [0: [2, 18, 3], 1: [2, 4, 3]], "the last block looks at the tokens that actions are read from")
    }

    @Test func aMixtureNeedsAnExpert() {
        #expect(throws: ModelError.self) {
            try MixtureOfExperts(tinyConfiguration(), experts: [], stream: stream)
        }
    }

    @Test func theLossCountsValidDimensionsOfRealStepsOnly() throws {
        let predicted = try Tensor.of([1, 2, 9, 3, 4, 9, 50, 60, 9] as [Float], shape: [1, 3, 3])
        let loss = try actionLoss(
            predicted: predicted, target: .zeros([1, 3, 3]), stepMask: .of([1, 1, 0] as [Float], shape: [1, 3]),
            dimensionMask: .of([1, 1, 0] as [Float], shape: [1, 3]))
        #expect(try loss.scalar() == (1 + 4 + 9 + 16) / 4)
    }

    /// How much an expert whose output is 0 changes the actions.
    private func distanceOfSilentExpert(_ residual: ResidualForm) throws -> Double {
        let configuration = tinyConfiguration(residual: residual)
        let backbone = try PromptDT(configuration, stream: stream)
        let expert = try Expert(configuration, stream: stream.split("expert"))
        for named in expert.namedParameters { try named.parameter.value.fill(0) }
        let input = try randomInput(configuration)
        let alone = try backbone.actions(input, exact)
        return try distance(alone, backbone.actions(input, branch: BranchPass(expert, exact), exact))
    }
}
