import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

@Suite struct ForwardTests {
    @Test func actionsHaveTheShapeOfTheContext() throws {
        let configuration = tinyConfiguration()
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let actions = try model.actions(randomInput(configuration), exact)
        #expect(actions.shape == [2, 4, 3])
        #expect(try actions.floats().allSatisfy { abs($0) < 1 })
    }

    @Test func anActionDoesNotSeeItselfOrTheFuture() throws {
        let configuration = tinyConfiguration()
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let input = try randomInput(configuration, padding: [0])
        let before = try Gradients.off { try model.actions(input, exact) }
        // The action of step 2, and everything of step 3, must not matter to the actions of steps 0 ... 2.
        var actions = try input.context.actions.floats()
        for index in 2 * 3..<4 * 3 { actions[index] += 5 }
        var states = try input.context.states.floats()
        for index in 3 * 5..<4 * 5 { states[index] -= 5 }
        var changed = input
        changed.context.actions = try .of(actions, shape: [1, 4, 3])
        changed.context.states = try .of(states, shape: [1, 4, 5])
        let after = try Gradients.off { try model.actions(changed, exact) }
        #expect(try distance(before.narrowed(1, 0..<3), after.narrowed(1, 0..<3)) == 0)
        #expect(try distance(before, after) > 1e-4)
    }

    @Test func paddedStepsDoNotMatter() throws {
        let configuration = tinyConfiguration()
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let input = try randomInput(configuration, padding: [2])
        let before = try Gradients.off { try model.actions(input, exact) }
        var states = try input.context.states.floats()
        for index in 0..<2 * 5 { states[index] += 7 }
        var changed = input
        changed.context.states = try .of(states, shape: [1, 4, 5])
        let after = try Gradients.off { try model.actions(changed, exact) }
        #expect(try distance(before.narrowed(1, 2..<4), after.narrowed(1, 2..<4)) < 1e-6)
    }

    @Test func thePromptMatters() throws {
        let configuration = tinyConfiguration()
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let input = try randomInput(configuration)
        let other = try ModelInput(context: input.context, prompt: randomInput(configuration, seed: 9).prompt)
        #expect(try distance(model.actions(input, exact), model.actions(other, exact)) > 1e-4)
    }

    @Test func bfloat16IsCloseToFloat32() throws {
        let configuration = tinyConfiguration()
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let input = try randomInput(configuration)
        let rounded = try model.actions(input, ForwardContext(precision: .bfloat16))
        let distance = try distance(model.actions(input, exact), rounded)
        #expect(distance > 0 && distance < 0.02)
    }

    @Test func dropoutActsInTrainingAndFollowsTheSeed() throws {
        var configuration = tinyConfiguration()
        configuration.dropout = 0.5
        let model = try PromptDT(configuration, stream: RandomStream(seed: 3))
        let input = try randomInput(configuration)
        func pass(_ seed: UInt64) throws -> Tensor {
            try model.actions(input, ForwardContext(precision: .float32, stream: RandomStream(seed: seed)))
        }
        #expect(try distance(pass(1), pass(1)) == 0)
        #expect(try distance(pass(1), pass(2)) > 1e-3)
        #expect(try distance(pass(1), model.actions(input, exact)) > 1e-3)
    }

    @Test func unusedHeadsAreNotTrained() throws {
        let names = try PromptDT(tinyConfiguration(), stream: RandomStream(seed: 3)).trainableParameters.map(\.name)
        #expect(!names.contains { $0.hasPrefix("predict_state") || $0.hasPrefix("predict_return") })
        #expect(names.contains { $0.hasPrefix("prompt_embed_state") })
        let bare = try PromptDT(tinyConfiguration(promptSteps: 0), stream: RandomStream(seed: 3))
        #expect(!bare.trainableParameters.contains { $0.name.hasPrefix("prompt_") })
    }

    @Test(arguments: [
        ("heads", ModelConfiguration(width: 256, heads: 3)), ("width", ModelConfiguration(width: 0)),
        ("promptSteps", ModelConfiguration(promptSteps: -1)), ("dropout", ModelConfiguration(dropout: 1)),
    ])
    func sizesThatDoNotFitAreNamed(field: String, configuration: ModelConfiguration) {
        let error = #expect(throws: ModelError.self) { try PromptDT(configuration, stream: RandomStream(seed: 1)) }
        guard case .configuration(field, _) = error else {
            Issue.record("expected an error about '\(field)', found \(String(describing: error))")
            return
        }
    }
}
