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

    @Test func theGatesAreObserved() throws {
        let configuration = tinyConfiguration()
        let backbone = try PromptDT(configuration, stream: stream)
        let experts = try (0..<3).map { try Expert(configuration, stream: stream.split($0)) }
        let mixture = try MixtureOfExperts(configuration, experts: experts, stream: stream)
        var seen: [Int: [Int]] = [:]
        mixture.gateObserver = { seen[$0] = $1.shape }
        _ = try backbone.actions(randomInput(configuration), branch: BranchPass(mixture, exact), exact)
        #expect(seen == [0: [2, 18, 3], 1: [2, 18, 3]])
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
