import Foundation
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTActorCritic

@Suite struct ActorNetworkTests {
    static func network() throws -> ActorNetwork {
        var stream = RandomStream(seed: 5)
        return try ActorNetwork(featureWidth: 7, actionWidth: 3, width: 24, stream: &stream)
    }

    @Test func plainSwiftComputesWhatTensorsCompute() throws {
        let network = try Self.network()
        let policy = try network.policy()
        var stream = RandomStream(seed: 6)
        let observations = try Tensor.normal([4, 7], deviation: 2, stream: &stream)
        let expected = try network.outputs(observations).floats()
        let rows = try observations.floats()
        for row in 0..<4 {
            let outputs = policy.outputs(rows[7 * row..<7 * row + 7].map { Double($0) })
            #expect(outputs.count == 6)
            for i in 0..<6 { #expect(abs(outputs[i] - expected[6 * row + i]) < 1e-5) }
        }
    }

    @Test func drawnActionsHaveTheDensityOfASquashedNormal() throws {
        let network = try Self.network()
        var stream = RandomStream(seed: 7)
        let observations = try Tensor.normal([5, 7], stream: &stream)
        let noise = try Tensor.normal([5, 3], stream: &stream)
        let drawn = try network.sample(observations, noise: noise)
        let (actions, densities) = (try drawn.actions.floats(), try drawn.logDensity.floats())
        let outputs = try network.outputs(observations).floats()
        #expect(drawn.logDensity.shape == [5, 1])
        for row in 0..<5 {
            var expected = 0.0
            for i in 0..<3 {
                let deviation = ActorNetwork.deviation(Double(outputs[6 * row + 3 + i]))
                let action = Double(actions[3 * row + i])
                let distance = (atanh(action) - Double(outputs[6 * row + i])) / deviation
                expected -= distance * distance / 2 + log(deviation) + 0.5 * log(2 * Double.pi)
                expected -= log(1 - action * action)
            }
            #expect(abs(Double(densities[row]) - expected) < 2e-3)
        }
    }

    @Test func squashingDoesNotChangeWhatOneActionIsLikelierThanAnother() throws {
        let network = try Self.network()
        var stream = RandomStream(seed: 8)
        let outputs = try network.outputs(.normal([2, 7], stream: &stream))
        let noise = try Tensor.normal([2, 3], stream: &stream)
        let drawn = try network.sample(outputs: outputs, noise: noise)
        let raw = try drawn.actions.floats().map { atanh($0) }
        // The same two actions by the two rows' distributions: what they are squashed to is the same.
        let swapped = try outputs.selected(0, .of([Int64(1), 0], shape: [2]))
        let unsquashed = try Tensor.of(raw, shape: [2, 3])
        let own = try network.density(of: unsquashed, outputs: outputs).floats()
        let other = try network.density(of: unsquashed, outputs: swapped).floats()
        let plain = try outputs.floats()
        for row in 0..<2 {
            var expected = 0.0
            for (from, sign) in [(row, 1.0), (1 - row, -1)] {
                for i in 0..<3 {
                    let deviation = ActorNetwork.deviation(Double(plain[6 * from + 3 + i]))
                    let distance = (Double(raw[3 * row + i]) - Double(plain[6 * from + i])) / deviation
                    expected -= sign * (distance * distance / 2 + log(deviation))
                }
            }
            #expect(abs(Double(own[row] - other[row]) - expected) < 1e-3)
        }
    }

    @Test func densitiesStayFiniteAtTheLimits() throws {
        let raw = try Tensor.of([Float(30), -30], shape: [2, 1])
        let zero = try Tensor.zeros([2, 1])
        let density = try ActorNetwork.logDensity(raw: raw, logDeviation: zero, noise: zero).floats()
        // log(1 - tanh(30)^2) is log 4 - 60.
        let expected = 60 - log(4.0) - 0.5 * log(2 * Double.pi)
        for value in density { #expect(abs(Double(value) - expected) < 1e-3) }
    }

    @Test func deviationsStayInTheirRange() {
        #expect(abs(ActorNetwork.deviation(-100) - exp(-5)) < 1e-12)
        #expect(abs(ActorNetwork.deviation(100) - exp(2)) < 1e-9)
        #expect(abs(ActorNetwork.deviation(0) - exp(-1.5)) < 1e-12)
        for deviation in [0.01, 0.05, 1, 7] {
            #expect(abs(ActorNetwork.deviation(ActorNetwork.output(forDeviation: deviation)) - deviation) < 1e-9)
        }
    }
}

@Suite struct CriticNetworksTests {
    @Test func theLowerOfTwoIsBelieved() throws {
        var stream = RandomStream(seed: 5)
        let critics = try CriticNetworks(featureWidth: 3, actionWidth: 2, width: 8, stream: &stream)
        let observations = try Tensor.normal([6, 3], stream: &stream)
        let actions = try Tensor.normal([6, 2], stream: &stream)
        let values = try critics.values(observations, actions)
        let lower = try critics.lowerValue(observations, actions)
        #expect(values.shape == [2, 6, 1] && lower.shape == [6, 1])
        let (both, lowest) = (try values.floats(), try lower.floats())
        #expect(both.prefix(6) != both.suffix(6))
        for row in 0..<6 { #expect(lowest[row] == min(both[row], both[6 + row])) }
    }

    @Test func heldWeightsGetNoGradientsAndPassThemOn() throws {
        var stream = RandomStream(seed: 5)
        let critics = try CriticNetworks(featureWidth: 3, actionWidth: 2, width: 8, stream: &stream)
        let flat = try FlatParameters(critics.namedParameters)
        let actions = try Tensor.normal([6, 2], stream: &stream)
        try actions.setRequiresGradient(true)
        let observations = try Tensor.normal([6, 3], stream: &stream)
        try critics.heldConstant { try critics.lowerValue(observations, actions).mean().backward() }
        #expect(try flat.gradients.euclideanNorm() == 0)
        #expect(try (actions.gradient()?.euclideanNorm() ?? 0) > 0)
        try critics.lowerValue(observations, actions).mean().backward()
        #expect(try flat.gradients.euclideanNorm() > 0)
    }
}
