import M3DTModel
import M3DTTensor

@testable import M3DTTraining

/// Three experts, of which the second's loss or gradient is not finite at one step.
final class PoisonedGroup: Trainable {
    let stage: ExpertGroupStage
    let poison: PoisonedStage.Poison
    let atStep: Int
    private var step = 0

    init(_ poison: PoisonedStage.Poison, atStep: Int, on device: Device) throws {
        let backbone = try PromptDT(.tiny, stream: .init(seed: 11))
        stage = try ExpertGroupStage(0..<3, beside: backbone, seed: 5)
        for named in stage.frozenParameters + stage.savedParameters { try named.parameter.move(to: device) }
        self.poison = poison
        self.atStep = atStep
    }

    var name: String { stage.name }
    var parts: [String] { stage.parts }
    var model: ModelConfiguration { stage.model }
    var trainableParameters: [NamedParameter] { stage.trainableParameters }
    var frozenParameters: [NamedParameter] { stage.frozenParameters }
    var savedParameters: [NamedParameter] { stage.savedParameters }

    func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        defer { step += 1 }
        let loss = try stage.loss(batch, pass)
        guard step == atStep else { return loss }
        let others = try Tensor.of([1, 0, 1] as [Float], shape: [3], device: device)
        switch poison {
        case .loss: return try loss / others
        // The root of zero is finite, its slope is not.
        case .gradient: return try loss + (loss * 0 + others).squareRoot()
        }
    }
}
