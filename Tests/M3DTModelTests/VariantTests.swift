import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

/// What holds for every form of model and of mixture.
@Suite struct VariantTests {
    private func next(
        _ variant: Variant, _ input: ModelInput, _ model: any SequenceModel, _ branch: (any FeedForwardBranch)?
    ) throws -> Tensor {
        try Gradients.off {
            let pass = branch.map { BranchPass($0, exact) }
            let cache = try input.prompt.map { try model.promptCache($0, branch: pass, exact) }
            return try model.nextAction(after: input.context, prompt: cache, branch: pass, exact)
        }
    }

    @Test(arguments: Variant.allCases)
    func actionsHaveTheirShapeAndRange(variant: Variant) throws {
        let actions = try next(variant, randomInput(variant.configuration), variant.model(), variant.branch())
        #expect(actions.shape == [2, 3])
        #expect(try actions.floats().allSatisfy { abs($0) < 1 })
    }

    @Test(arguments: Variant.allCases.filter { $0.configuration.input != .bins })
    func theNextActionIsTheLastOfAll(variant: Variant) throws {
        let model = try #require(try variant.model() as? PromptDT)
        let (branch, input) = (try variant.branch(), try randomInput(variant.configuration))
        let all = try Gradients.off {
            try model.actions(input, branch: branch.map { BranchPass($0, exact) }, exact)
        }
        let last = try all.narrowed(1, 3..<4).reshaped([2, 3])
        #expect(try distance(next(variant, input, model, branch), last) < 1e-5)
    }

    @Test(arguments: Variant.allCases.filter { $0.configuration.input != .bins })
    func anActionDoesNotSeeItselfOrTheFuture(variant: Variant) throws {
        let model = try #require(try variant.model() as? PromptDT)
        let pass = try variant.branch().map { BranchPass($0, exact) }
        let input = try randomInput(variant.configuration, padding: [0])
        var changed = input
        var actions = try input.context.actions.floats()
        for index in 2 * 3..<4 * 3 { actions[index] += 5 }
        var states = try input.context.states.floats()
        for index in 3 * 5..<4 * 5 { states[index] -= 5 }
        changed.context.actions = try .of(actions, shape: [1, 4, 3])
        changed.context.states = try .of(states, shape: [1, 4, 5])
        let (before, after) = try Gradients.off {
            try (model.actions(input, branch: pass, exact), model.actions(changed, branch: pass, exact))
        }
        #expect(try distance(before.narrowed(1, 0..<3), after.narrowed(1, 0..<3)) < 1e-6)
        #expect(try distance(before, after) > 1e-4)
    }

    @Test(arguments: Variant.allCases)
    func paddedStepsDoNotMatter(variant: Variant) throws {
        let (model, branch) = (try variant.model(), try variant.branch())
        let input = try randomInput(variant.configuration, padding: [2])
        var changed = input
        var states = try input.context.states.floats()
        for index in 0..<2 * 5 { states[index] += 7 }
        changed.context.states = try .of(states, shape: [1, 4, 5])
        #expect(try distance(next(variant, input, model, branch), next(variant, changed, model, branch)) < 1e-5)
        // What is not padded does matter, if perhaps too little to reach another bin.
        if variant.configuration.input == .bins { return }
        states[2 * 5] += 7
        changed.context.states = try .of(states, shape: [1, 4, 5])
        #expect(try distance(next(variant, input, model, branch), next(variant, changed, model, branch)) > 1e-5)
    }

    @Test(arguments: Variant.allCases)
    func theLossReachesAllThatIsTrained(variant: Variant) throws {
        let (model, branch) = (try variant.model(), try variant.branch())
        let parameters = model.trainableParameters + (branch?.namedParameters(under: "branch") ?? [])
        let flat = try FlatParameters(parameters)
        let context = ForwardContext(precision: .float32, stream: RandomStream(seed: 6))
        let loss = try model.loss(
            randomInput(variant.configuration), actionMask: .full(1, shape: [2, 3]),
            branch: branch.map { BranchPass($0, context) }, context)
        try loss.backward()
        for (named, range) in zip(flat.parameters, flat.ranges) {
            #expect(try flat.gradients.narrowed(0, range).euclideanNorm() > 0, "\(named.name)")
        }
    }

    /// The last block leaves out tokens that no action is read from, which nobody can tell from actions and gradients.
    @Test(arguments: Variant.allCases.filter { $0.configuration.input != .bins }, [false, true])
    func whatIsLeftOutDoesNotMatter(variant: Variant, isTraining: Bool) throws {
        let model = try #require(try variant.model() as? PromptDT)
        let branch = try variant.branch()
        let input = try randomInput(variant.configuration)
        let parameters = model.trainableParameters + (branch?.namedParameters(under: "branch") ?? [])
        let flat = try FlatParameters(parameters)
        func measure(_ actions: (BranchPass?) throws -> Tensor) throws -> (actions: Tensor, gradients: [Float]) {
            guard isTraining else {
                return (try Gradients.off { try actions(branch.map { BranchPass($0, exact) }) }, [])
            }
            try flat.zeroGradients()
            let result = try actions(branch.map { BranchPass($0, exact) })
            try (result - 0.3).square().sum().backward()
            return (result, try flat.gradients.floats())
        }
        let some = try measure { try model.actions(input, branch: $0, exact) }
        let all = try measure { try model.predictions(input, branch: $0, exact).actions }
        #expect(try distance(some.actions, all.actions) < 1e-6)
        let largest = all.gradients.reduce(0) { max($0, abs($1)) }
        #expect(zip(some.gradients, all.gradients).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
        #expect(!isTraining || largest > 0.01)
    }

    @Test func withoutReturnsTheReturnsDoNotMatter() throws {
        func difference(_ variant: Variant) throws -> Double {
            let (model, input) = (try variant.model(), try randomInput(variant.configuration))
            var changed = input
            changed.context.returnsToGo = try input.context.returnsToGo + 3
            return try distance(next(variant, input, model, nil), next(variant, changed, model, nil))
        }
        #expect(try difference(.withoutReturns) == 0)
        #expect(try difference(.bins) == 0)
        #expect(try difference(.plain) > 1e-4)
    }

    @Test func topKChoosesExactlyKExpertsForEveryToken() throws {
        let variant = Variant.topK
        let mixture = try #require(try variant.branch() as? MixtureOfExperts)
        for precision in Precision.allCases {
            var counts: [Float] = []
            var sums: [Float] = []
            mixture.gateObserver = { _, gates in
                counts += try gates.greater(than: 0).converted(to: .float32).sum([2]).floats()
                sums += try gates.sum([2]).floats()
            }
            let model = try #require(try variant.model() as? PromptDT)
            let context = ForwardContext(precision: precision, stream: RandomStream(seed: 1))
            _ = try model.actions(
                randomInput(variant.configuration), branch: BranchPass(mixture, context), context)
            // Two rows, 18 tokens in the first block, and in the last block those that actions are read from.
            #expect(counts.count == 2 * (18 + 4) && counts.allSatisfy { $0 == 2 })
            #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
            #expect(context.penalties.count == 2, "a term for the balance in each block")
        }
    }

    @Test func noiseAndPenaltiesAreForTrainingOnly() throws {
        let mixture = try #require(try Variant.topK.branch() as? MixtureOfExperts)
        let mask = try AttentionMask(keyMask: .full(1, shape: [1, 40]), queries: 40)
        var stream = RandomStream(seed: 2)
        let hidden = try Tensor.normal([1, 40, 16], stream: &stream)
        func output(_ seed: UInt64?) throws -> (Tensor, ForwardContext) {
            let context = ForwardContext(precision: .float32, stream: seed.map { RandomStream(seed: $0) })
            let pass = BranchPass(mixture, context)
            return (try Gradients.off { try mixture(hidden, block: 0, mask: mask, pass) }, context)
        }
        let (plain, context) = try output(nil)
        #expect(context.penalties.isEmpty)
        #expect(try distance(plain, output(nil).0) == 0)
        #expect(try distance(output(1).0, output(1).0) == 0)
        #expect(try distance(output(1).0, output(2).0) > 1e-3)
    }

    @Test(arguments: [
        "gate.k", "gate.balance", "router.layers", "router.widthFactor", "expert.hiddenFactor", "experts",
        "expert.form", "router.scope",
    ])
    func choicesThatDoNotFitAreNamed(field: String) {
        var configuration = MixtureConfiguration(experts: 3)
        switch field {
        case "gate.k": (configuration.gate.form, configuration.gate.k) = (.topK, 4)
        case "gate.balance": configuration.gate.balance = -1
        case "router.layers": configuration.router.layers = 0
        case "router.widthFactor": configuration.router.widthFactor = 0
        case "expert.hiddenFactor": configuration.expert.hiddenFactor = 0
        case "experts": configuration.experts = 0
        case "expert.form": (configuration.expert.form, configuration.gate.form) = (.attention, .soft)
        default: (configuration.router.scope, configuration.gate.form) = (.sequence, .soft)
        }
        let error = #expect(throws: ModelError.self) {
            try MixtureOfExperts(tinyConfiguration(), configuration, stream: RandomStream(seed: 1))
        }
        guard case .configuration(field, _) = error else {
            Issue.record("expected an error about '\(field)', found \(String(describing: error))")
            return
        }
    }
}
