import Foundation
import M3DTData
import M3DTModel
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct FailureTests {
    @Test func aLossThatIsNotFiniteStopsAndNamesItsStepAndTask() throws {
        try withTemporaryFolder { folder in
            let options = StageOptions.tiny { $0.checkpointEvery = 5 }
            let loop = try TrainingLoop(
                PoisonedStage(.loss, atStep: 7), source: Sampler.tiny(), options: options, folder: folder)
            #expect(throws: TrainingError.lossNotFinite(stage: "backbone", step: 7, tasks: ["task-1"])) {
                try loop.run()
            }
            #expect(StageFolder(folder).checkpoint.exists)
            #expect(!StageFolder(folder).isFinished)
        }
    }

    @Test func aGradientThatIsNotFiniteStopsAndLeavesTheWeights() throws {
        try withTemporaryFolder { folder in
            let stage = try PoisonedStage(.gradient, atStep: 0)
            let before = try stage.savedParameters.bits()
            let options = StageOptions.tiny { $0.order = .mixed }
            let loop = try TrainingLoop(stage, source: Sampler.tiny(), options: options, folder: folder)
            let tasks = ["task-0", "task-1", "task-2"]
            #expect(throws: TrainingError.gradientNotFinite(stage: "backbone", step: 0, tasks: tasks)) {
                try loop.run()
            }
            #expect(try stage.savedParameters.bits() == before)
        }
    }

    @Test func anErrorOfTheObserverStopsTheTraining() throws {
        struct Full: Error, Equatable {}
        try withTemporaryFolder { folder in
            let recorder = Recorder { if $0 == 3 { throw Full() } }
            #expect(throws: Full()) {
                try SampleStage.backbone.train(
                    in: folder, source: Sampler.tiny(), control: TrainingControl(observer: recorder))
            }
        }
    }

    @Test func dataOfOtherSizesIsRefused() throws {
        try withTemporaryFolder { folder in
            func error(_ change: (inout ModelConfiguration) -> Void) -> TrainingError? {
                var model = ModelConfiguration.tiny
                change(&model)
                return #expect(throws: TrainingError.self) {
                    try TrainingLoop(
                        BackboneStage(model, seed: 0), source: Sampler.tiny(), options: .tiny(), folder: folder)
                }
            }
            #expect(error { $0.contextSteps = 5 } == .sizeMismatch(field: "contextSteps", data: 4, model: 5))
            #expect(error { $0.promptSteps = 0 } == .sizeMismatch(field: "promptSteps", data: 2, model: 0))
            #expect(error { $0.stateWidth = 3 } == .sizeMismatch(field: "stateWidth", data: 4, model: 3))
            #expect(error { $0.actionWidth = 8 } == .sizeMismatch(field: "actionWidth", data: 2, model: 8))
            #expect(error { $0.episodeSteps = 14 } == .sizeMismatch(field: "episodeSteps", data: 15, model: 14))
        }
    }

    @Test func noTasksAreRefused() throws {
        try withTemporaryFolder { folder in
            let stage = try SampleStage.backbone.make()
            #expect(throws: TrainingError.noTasks(stage: "backbone")) {
                try TrainingLoop(stage, source: Sampler.tiny(), tasks: [], options: .tiny(), folder: folder)
            }
        }
    }
}
