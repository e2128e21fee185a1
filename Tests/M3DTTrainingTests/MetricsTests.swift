import Foundation
import M3DTData
import Testing

@testable import M3DTTraining

@Suite struct MetricsTests {
    @Test func aWindowHoldsMeanAndDeviation() throws {
        var window = MetricsWindow()
        for (loss, norm) in [(1.0, 3.0), (3, 5), (2, 7), (6, 1)] {
            window.add(losses: [loss], gradientNorms: [norm], task: norm > 4 ? "b" : nil)
        }
        (window.seconds, window.waitingSeconds) = (2, 0.5)
        #expect(
            window.values(learningRate: 0.1) == [
                "training/train_loss_mean": 3, "training/train_loss_std": 3.5.squareRoot(),
                "training/action_error": 6, "training/gradient_norm": 4, "training/learning_rate": 0.1,
                "speed/steps_per_second": 2, "speed/data_wait_share": 0.25, "training/b_gradient_norm": 6,
            ])
        let data = try JSONEncoder().encode(window)
        #expect(try JSONDecoder().decode(MetricsWindow.self, from: data) == window)
    }

    @Test func aWindowKeepsThePartsOfAStageApart() throws {
        var window = MetricsWindow()
        for step in [1.0, 3] { window.add(losses: [step, 10 * step], gradientNorms: [5, 7 * step], task: nil) }
        (window.seconds, window.waitingSeconds) = (2, 0.5)
        #expect(
            window.values(ofPart: 1, of: 2, learningRate: 0.1) == [
                "training/train_loss_mean": 20, "training/train_loss_std": 10, "training/action_error": 30,
                "training/gradient_norm": 14, "training/learning_rate": 0.1, "speed/steps_per_second": 2,
                "speed/data_wait_share": 0.25,
            ])
        #expect(window.values(ofPart: 0, of: 2, learningRate: 0.1)["training/train_loss_mean"] == 2)
    }

    @Test func aTrainingTellsWhatItDoes() throws {
        try withTemporaryFolder { folder in
            let recorder = Recorder()
            let options = StageOptions.tiny(steps: 7) {
                ($0.checkpointEvery, $0.conflictEvery, $0.recordTaskGradientNorms) = (4, 6, true)
            }
            try SampleStage.backbone.train(
                in: folder, options: options, source: Sampler.tiny(), control: TrainingControl(observer: recorder))
            let names = recorder.events.map { event in
                switch event {
                case .started(let stage, let step, let steps, _): "\(stage) starts at \(step) of \(steps)"
                case .stepped(_, let step, _): "\(step)"
                case .measured(let metrics): "measured \(metrics.step)"
                case .peaked(_, let step, _): "peaked \(step)"
                case .saved(_, let step, _): "saved \(step)"
                case .finished: "finished"
                case .alreadyFinished: "already finished"
                }
            }
            #expect(
                names == [
                    "backbone starts at 0 of 7", "1", "2", "3", "4", "saved 4", "5", "measured 5", "6", "measured 6",
                    "7", "measured 7", "finished",
                ])
            let (training, conflict) = (recorder.metrics[0].values, recorder.metrics[1].values)
            #expect(
                Set(training.keys) == [
                    "training/train_loss_mean", "training/train_loss_std", "training/action_error",
                    "training/gradient_norm", "training/learning_rate", "speed/steps_per_second",
                    "speed/data_wait_share", "training/task-0_gradient_norm", "training/task-1_gradient_norm",
                    "training/task-2_gradient_norm",
                ])
            #expect(training["training/learning_rate"] == 3e-3)
            #expect(training["training/train_loss_mean"] == recorder.meanLoss(0..<5))
            #expect(training["training/action_error"] == recorder.losses[4])
            #expect(
                Set(conflict.keys) == [
                    "conflict/mlp_cosine", "conflict/mlp_negative_share", "conflict/attention_cosine",
                    "conflict/attention_negative_share",
                ])
        }
    }
}
