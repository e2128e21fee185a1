import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

@Suite struct GatoModelTests {
    @Test func actionsFallIntoBinsOfEqualWidth() throws {
        let actions = [-10, -1, -0.9999, 0, 0.0019, 0.002, 0.9999, 1, 10] as [Float]
        let bins = try NumberBins.ofActions(.of(actions, shape: [9])).elements(Int64.self)
        #expect(bins == [0, 0, 0, 512, 512, 513, 1023, 1023, 1023])
        let middles = try NumberBins.actions(of: .of(bins, shape: [9])).floats()
        #expect(zip(middles, actions).allSatisfy { abs($0 - min(max($1, -1), 1)) <= 1.0 / 1024 + 1e-6 })
    }

    @Test func statesAreCompanded() throws {
        // sgn(x) log(100 |x| + 1) / log(25601): 0, then 1 -> 0.4547, 10 -> 0.6807, 256 -> 1.
        let states = [0, 1, -1, 10, -10, 256, -256, 1e6] as [Float]
        let bins = try NumberBins.ofStates(.of(states, shape: [8])).elements(Int64.self)
        #expect(bins == [512, 744, 279, 860, 163, 1023, 0, 1023])
    }

    @Test func theLossOfAFreshModelIsThatOfAGuess() throws {
        var configuration = tinyConfiguration()
        configuration.input = .bins
        let model = try GatoModel(configuration, stream: RandomStream(seed: 1))
        let loss = try model.loss(
            randomInput(configuration), actionMask: .full(1, shape: [2, 3]), branch: nil, exact)
        #expect(abs(try loss.scalar() - 6.93) < 1)  // log 1024
    }

    @Test func theLossCountsUsedColumnsOfRealStepsOnly() throws {
        let (model, input) = (try Variant.bins.model(), try randomInput(Variant.bins.configuration))
        let mask = try Tensor.of([1, 0, 0, 1, 0, 0] as [Float], shape: [2, 3])
        func loss(_ change: (inout [Float]) -> Void) throws -> Double {
            var changed = input
            var actions = try input.context.actions.floats()
            change(&actions)
            changed.context.actions = try .of(actions, shape: [2, 4, 3])
            return try model.loss(changed, actionMask: mask, branch: nil, exact).scalar()
        }
        let plain = try loss { _ in }
        // The last column of the last step is neither counted nor seen by anything that is.
        #expect(try loss { $0[23] = -$0[23] } == plain)
        // The first three steps of the second row are padding.
        #expect(abs(try loss { $0[12] = 0.77 } - plain) < 1e-5)
        #expect(try loss { $0[0] = 0.77 } != plain)
    }

    @Test func theActionSaidIsTheLikeliestNumberByNumber() throws {
        let model = try Variant.bins.model()
        let input = try randomInput(Variant.bins.configuration, padding: [0])
        let said = try Gradients.off {
            try model.nextAction(
                after: input.context, prompt: model.promptCache(#require(input.prompt), exact), branch: nil, exact
            ).floats()
        }
        /// The loss of one column of the last step, which alone differs between calls.
        func loss(_ column: Int, _ action: [Float]) throws -> Double {
            var changed = input
            let actions = try input.context.actions.floats()
            changed.context.actions = try .of(Array(actions.dropLast(3)) + action, shape: [1, 4, 3])
            let mask = (0..<3).map { Float($0 == column ? 1 : 0) }
            return try model.loss(changed, actionMask: .of(mask, shape: [1, 3]), branch: nil, exact).scalar()
        }
        for column in 0..<3 {
            let best = try loss(column, said)
            for other in [-0.95, -0.3, 0.1, 0.6, 0.99] as [Float] where abs(other - said[column]) > 0.01 {
                var action = said
                action[column] = other
                #expect(try loss(column, action) > best, "column \(column)")
            }
        }
    }
}
