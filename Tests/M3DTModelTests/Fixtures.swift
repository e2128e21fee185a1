import Foundation
import M3DTModel
import M3DTRandom
import M3DTTensor

/// The folder of committed fixtures.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

var exact: ForwardContext { ForwardContext(precision: .float32) }

/// A model small enough for a test, without dropout.
func tinyConfiguration(promptSteps: Int = 2, residual: ResidualForm = .preserved) -> ModelConfiguration {
    ModelConfiguration(
        stateWidth: 5, actionWidth: 3, width: 16, layers: 2, heads: 2, contextSteps: 4, promptSteps: promptSteps,
        episodeSteps: 30, dropout: 0, residual: residual)
}

/// Random steps; `padding` says how many leading steps of each row are padded.
func randomSteps(
    _ configuration: ModelConfiguration, steps: Int, padding: [Int], stream: inout RandomStream
) throws -> StepTensors {
    let rows = padding.count
    let mask = padding.flatMap { padded in (0..<steps).map { Float($0 < padded ? 0 : 1) } }
    let timesteps = padding.flatMap { padded in (0..<steps).map { Int64(max($0 - padded, 0) + 3) } }
    return try StepTensors(
        states: .normal([rows, steps, configuration.stateWidth], stream: &stream),
        actions: .uniform([rows, steps, configuration.actionWidth], bound: 1, stream: &stream),
        returnsToGo: .normal([rows, steps, 1], stream: &stream),
        timesteps: .of(timesteps, shape: [rows, steps]),
        mask: .of(mask, shape: [rows, steps]))
}

func randomInput(_ configuration: ModelConfiguration, padding: [Int] = [0, 3], seed: UInt64 = 1) throws -> ModelInput {
    var stream = RandomStream(seed: seed)
    let context = try randomSteps(configuration, steps: configuration.contextSteps, padding: padding, stream: &stream)
    guard configuration.promptSteps > 0 else { return ModelInput(context: context, prompt: nil) }
    let prompt = try randomSteps(
        configuration, steps: configuration.promptSteps, padding: padding.map { _ in 0 }, stream: &stream)
    return ModelInput(context: context, prompt: prompt)
}

/// The largest absolute difference of two tensors of one shape.
func distance(_ left: Tensor, _ right: Tensor) throws -> Double {
    try Gradients.off { try (left - right).absolute().max().scalar() }
}
