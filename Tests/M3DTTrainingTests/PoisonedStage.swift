import M3DTModel
import M3DTTensor

@testable import M3DTTraining

/// A backbone whose loss or gradient is not finite at one step.
final class PoisonedStage: Trainable {
    enum Poison {
        case loss, gradient

        /// What a training says of it.
        func error(stage: String, step: Int, tasks: [String]) -> TrainingError {
            switch self {
            case .loss: .lossNotFinite(stage: stage, step: step, tasks: tasks)
            case .gradient: .gradientNotFinite(stage: stage, step: step, tasks: tasks)
            }
        }
    }

    let stage: BackboneStage
    let poison: Poison
    let atStep: Int
    private var step = 0

    init(_ poison: Poison, atStep: Int) throws {
        stage = try BackboneStage(.tiny, seed: 5)
        self.poison = poison
        self.atStep = atStep
    }

    var name: String { stage.name }
    var model: ModelConfiguration { stage.model }
    var trainableParameters: [NamedParameter] { stage.trainableParameters }
    var frozenParameters: [NamedParameter] { [] }
    var savedParameters: [NamedParameter] { stage.savedParameters }

    func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        defer { step += 1 }
        let loss = try stage.loss(batch, pass)
        guard step == atStep else { return loss }
        switch poison {
        case .loss: return try loss / 0
        // The root of zero is finite, its slope is not.
        case .gradient: return try loss + (loss * 0).squareRoot()
        }
    }
}
