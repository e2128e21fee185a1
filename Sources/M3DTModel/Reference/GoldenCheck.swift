import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTensor

/// Compares this implementation with what the reference computed, tensor by tensor.
///
/// A folder holds a batch, weights as the reference saves them, and the reference's outputs, loss, gradients, gates and the
/// losses of some optimiser steps, all in float32 with dropout off.
public final class GoldenCheck {
    // The optimiser behind the recorded losses.
    private static let schedule = WarmUp(learningRate: 1e-3, steps: 5)

    private let folder: URL
    private let manifest: GoldenManifest
    private let input: ModelInput
    private let stepMask: Tensor
    private let dimensionMask: Tensor
    private let context = ForwardContext(precision: .float32)
    private let device: Device
    private var comparisons: [GoldenComparison] = []

    /// Compares everything in a folder, in a fixed order.
    ///
    /// - Parameter device: Where to compute.
    /// - Throws: ``ModelError`` or ``StorageError`` where the folder lacks something or a file is damaged. A deviation is not an
    ///   error; see ``GoldenComparison/holds``.
    public static func run(_ folder: URL, on device: Device = .cpu) throws -> [GoldenComparison] {
        let check = try GoldenCheck(folder, device)
        try check.weights()
        try check.backbone()
        try check.withoutPrompt()
        try check.expert()
        try check.mixture()
        return check.comparisons
    }

    private init(_ folder: URL, _ device: Device) throws {
        self.folder = folder
        self.device = device
        manifest = try GoldenManifest.read(folder)
        let file = try SafetensorsFile(contentsOf: folder.appending(path: "inputs.safetensors"))
        func read(_ name: String) throws -> Tensor { try .read(name, from: file, device: device) }
        func steps(_ prefix: String, mask: String) throws -> StepTensors {
            try StepTensors(
                states: read(prefix + "states"), actions: read(prefix + "actions"),
                returnsToGo: read(prefix + "returns_to_go"), timesteps: read(prefix + "timesteps"), mask: read(mask))
        }
        input = try ModelInput(
            context: steps("", mask: "attention_mask"), prompt: steps("prompt_", mask: "prompt_attention_mask"))
        stepMask = input.context.mask
        let width = manifest.validActionWidth
        let valid = (0..<manifest.actionWidth).map { Float($0 < width ? 1 : 0) }
        dimensionMask = try Tensor.of(valid, shape: [1, manifest.actionWidth], device: device)
            .expanded([stepMask.shape[0], manifest.actionWidth])
    }

    private func weights() throws {
        let golden = try goldens("backbone_weights")
        let loaded = try loadedBackbone(.preserved).namedParameters
        for named in loaded where golden.entries[named.name] != nil {
            try compare(named.parameter.value, named.name, golden, "backbone_weights")
        }
    }

    private func backbone() throws {
        let golden = try goldens("backbone")
        let model = try loadedBackbone(.preserved)
        try compareForward(golden, "backbone", model, branch: nil)
        try compareTraining(golden, "backbone", model, branch: nil, model.trainableParameters) { "grad." + $0 }
    }

    private func withoutPrompt() throws {
        let model = try loadedBackbone(.preserved)
        let bare = ModelInput(context: input.context, prompt: nil)
        let predictions = try Gradients.off { try model.predictions(bare, context) }
        try compare(predictions, goldens("backbone_no_prompt"), "backbone_no_prompt")
    }

    private func expert() throws {
        let golden = try goldens("expert0")
        let model = try loadedBackbone(.normalized)
        let expert = try Expert(model.configuration, stream: RandomStream(seed: 0))
        try checkpoint("expert_0_iter_10").load(into: expert, of: model.configuration)
        try expert.move(to: device)
        let branch = BranchPass(expert, context)
        try compareForward(golden, "expert0", model, branch: branch)
        try compareTraining(golden, "expert0", model, branch: branch, expert.namedParameters) {
            "grad.pretrained_pdt.transformer." + $0.replacing(/block_(\d+)\./) { "h.\($0.output.1).expert." }
        }
    }

    private func mixture() throws {
        let golden = try goldens("moe")
        let model = try loadedBackbone(.normalized)
        let experts = try (0..<manifest.experts).map {
            try Expert(model.configuration, stream: RandomStream(seed: UInt64($0)))
        }
        let mixture = try MixtureOfExperts(model.configuration, experts: experts, stream: RandomStream(seed: 0))
        try checkpoint("moe__iter_10").load(into: mixture, of: model.configuration)
        try mixture.move(to: device)
        mixture.gateObserver = { block, gates in
            self.comparisons.append(
                try GoldenComparison("moe/out.gates.\(block)", gates, golden: Self.tensor("out.gates.\(block)", golden))
            )
        }
        let branch = BranchPass(mixture, context)
        try compareForward(golden, "moe", model, branch: branch)
        mixture.gateObserver = nil
        try compareTraining(golden, "moe", model, branch: branch, mixture.routerParameters) {
            "grad.pretrained_pdt.transformer." + $0.replacing(/block_(\d+)\./) { "h.\($0.output.1).moe." }
        }
    }

    private func compareForward(
        _ golden: SafetensorsFile, _ name: String, _ model: PromptDT, branch: BranchPass?
    ) throws {
        let predictions = try Gradients.off { try model.predictions(input, branch: branch, context) }
        try compare(predictions, golden, name)
    }

    private func compare(_ predictions: Predictions, _ golden: SafetensorsFile, _ name: String) throws {
        try compare(predictions.actions, "out.action_preds", golden, name)
        try compare(predictions.states, "out.state_preds", golden, name)
        try compare(predictions.returns, "out.return_preds", golden, name)
    }

    /// Compares loss, gradients and their norm, then the losses of the recorded optimiser steps.
    private func compareTraining(
        _ golden: SafetensorsFile, _ name: String, _ model: PromptDT, branch: BranchPass?,
        _ parameters: [NamedParameter], gradientName: (String) -> String
    ) throws {
        let flat = try FlatParameters(parameters)
        let optimizer = try AdamW(flat)
        let onDevice = device == .cpu ? nil : try DeviceAdamW(optimizer)
        let steps = try golden.entry("out.losses").shape[0]
        var losses: [Float] = []
        for step in 0..<steps {
            let actions = try model.actions(input, branch: branch, context)
            let loss = try actionLoss(
                predicted: actions, target: input.context.actions, stepMask: stepMask, dimensionMask: dimensionMask)
            try loss.backward()
            losses.append(Float(try loss.scalar()))
            if step == 0 {
                try compare(loss, "out.loss", golden, name)
                try compareGradients(flat, golden, name, gradientName)
            }
            let rate = Self.schedule.rate(at: step)
            if let onDevice {
                try onDevice.setLearningRate(rate)
                _ = try onDevice.step()
            } else {
                try optimizer.step(learningRate: rate)
            }
        }
        try compare(.of(losses, shape: [steps]), "out.losses", golden, name)
    }

    private func compareGradients(
        _ flat: FlatParameters, _ golden: SafetensorsFile, _ name: String, _ gradientName: (String) -> String
    ) throws {
        try compare(.of([Float(flat.gradients.euclideanNorm())], shape: [1]), "out.grad_norm", golden, name)
        for (named, range) in zip(flat.parameters, flat.ranges) {
            try compare(flat.gradients.narrowed(0, range), gradientName(named.name), golden, name)
        }
        let recorded = golden.names.count { $0.hasPrefix("grad.") }
        guard recorded == flat.parameters.count else {
            throw ModelError.goldens(
                folder: folder.path,
                problem: "\(name) holds \(recorded) gradients, this model has \(flat.parameters.count)")
        }
    }

    private func compare(_ computed: Tensor, _ tensor: String, _ golden: SafetensorsFile, _ file: String) throws {
        comparisons.append(
            try GoldenComparison("\(file)/\(tensor)", computed, golden: Self.tensor(tensor, golden)))
    }

    private func loadedBackbone(_ residual: ResidualForm) throws -> PromptDT {
        let model = try PromptDT(manifest.configuration(residual: residual), stream: RandomStream(seed: 0))
        try checkpoint("prompt_model_mini_iter_10_seed0").load(into: model)
        try model.move(to: device)
        return model
    }

    private func checkpoint(_ name: String) throws -> ReferenceCheckpoint {
        try ReferenceCheckpoint(contentsOf: folder.appending(path: name))
    }

    private func goldens(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: folder.appending(path: name + ".safetensors"))
    }

    private static func tensor(_ name: String, _ file: SafetensorsFile) throws -> Tensor {
        try .read(name, from: file)
    }
}
