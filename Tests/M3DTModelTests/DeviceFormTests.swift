import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTModel

/// Whole models give on other devices what they give on the CPU.
@Suite struct DeviceFormTests {
    /// The loss and the gradient of every trained weight.
    private func gradients(_ variant: Variant, on device: Device) throws -> [String: [Float]] {
        let (model, branch) = (try variant.model(), try variant.branch())
        for part in [model as any Module, branch].compactMap(\.self) { try part.move(to: device) }
        let flat = try FlatParameters(
            model.trainableParameters + (branch?.namedParameters(under: "branch") ?? []))
        let loss = try model.loss(
            randomInput(variant.configuration).on(device), actionMask: .full(1, shape: [2, 3], device: device),
            branch: branch.map { BranchPass($0, exact) }, exact)
        try loss.backward()
        var result = ["loss": try loss.floats()]
        for (named, range) in zip(flat.parameters, flat.ranges) {
            result[named.name] = try flat.gradients.narrowed(0, range).floats()
        }
        return result
    }

    private func expectSame(_ own: [String: [Float]], _ other: [String: [Float]]) {
        #expect(own.keys == other.keys)
        for (name, expected) in own {
            let deviations = zip(expected, other[name] ?? []).map { abs($0 - $1) / (1e-4 + 1e-3 * abs($0)) }
            #expect(deviations.count == expected.count && deviations.allSatisfy { $0 < 1 }, "\(name)")
        }
    }

    @Test(arguments: Variant.allCases)
    func theDeviceFormsGiveTheSameGradients(variant: Variant) throws {
        try expectSame(
            gradients(variant, on: .cpu), DeviceForms.onCPU { try gradients(variant, on: .cpu) })
    }

    /// No tensor of a model is made on the host by mistake.
    @Test(arguments: Variant.allCases)
    func everyModelRunsOnADevice(variant: Variant) throws {
        try expectSame(gradients(variant, on: .cpu), gradients(variant, on: .rehearsal))
    }

    @Test func attentionInOneOperationIsTheSameForAllButPadding() throws {
        let configuration = tinyConfiguration()
        var stream = RandomStream(seed: 2)
        let layer = try CausalSelfAttention(width: 16, heads: 2, dropout: 0, stream: &stream)
        let mask = try AttentionMask(keyMask: .of([1, 1, 1, 1, 0, 0, 1, 1] as [Float], shape: [2, 4]), queries: 4)
        func result(_ isFused: Bool) throws -> [[Float]] {
            var stream = RandomStream(seed: 3)
            let parts = try (0..<3).map { _ in try Tensor.normal([2, configuration.heads, 4, 8], stream: &stream) }
            for part in parts { try part.setRequiresGradient(true) }
            let past = KeyValues(keys: parts[1], values: parts[2])
            let attend = isFused ? layer.fused : layer.composed
            let real = try Tensor.of([1, 1, 1, 1, 0, 0, 1, 1] as [Float], shape: [2, 1, 4, 1])
            let output = try attend(parts[0], past, mask, exact) * real
            try (output * .normal(output.shape, stream: &stream)).sum().backward()
            return try [output.floats()] + parts.map { try #require(try $0.gradient()).floats() }
        }
        for (own, other) in zip(try result(true), try result(false)) {
            #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test func goldensHoldInTheFormsForDevices() throws {
        for device in [Device.cpu, .rehearsal] {
            let comparisons = try DeviceForms.onCPU {
                try GoldenCheck.run(fixtures.appending(path: "reference-small"), on: device)
            }
            #expect(comparisons.count > 100)
            for comparison in comparisons { #expect(comparison.holds, "\(comparison.name) on \(device)") }
        }
    }
}

extension ModelInput {
    func on(_ device: Device) throws -> ModelInput {
        func moved(_ steps: StepTensors) throws -> StepTensors {
            try StepTensors(
                states: steps.states.converted(device: device), actions: steps.actions.converted(device: device),
                returnsToGo: steps.returnsToGo.converted(device: device),
                timesteps: steps.timesteps.converted(device: device), mask: steps.mask.converted(device: device))
        }
        return try ModelInput(context: moved(context), prompt: prompt.map(moved))
    }
}
