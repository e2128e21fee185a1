import Foundation
import M3DTData
import M3DTModel
import M3DTTensor
import Testing

@testable import M3DTTraining

/// Training on a device that works by itself, rehearsed on the CPU.
///
/// One after another, since all trainings of a process share the rehearsal device's random numbers.
@Suite(.serialized) struct DeviceStepsTests {
    private func train(
        _ sample: SampleStage, on device: Device, in folder: URL, recorder: Recorder = Recorder(),
        stop: StopRequest = StopRequest(), options: StageOptions = .tiny()
    ) throws -> any Trainable {
        let stage = try sample.make()
        for named in stage.frozenParameters + stage.savedParameters + stage.state {
            try named.parameter.move(to: device)
        }
        let control = TrainingControl(observer: recorder, stop: stop)
        _ = try TrainingLoop(stage, source: sample.source(), options: options, folder: folder, control: control).run()
        return stage
    }

    @Test(arguments: SampleStage.allCases)
    func everyStageTrains(sample: SampleStage) throws {
        try withTemporaryFolder { folder in
            let (here, there) = (Recorder(), Recorder())
            _ = try train(sample, on: .cpu, in: folder.appendingPathComponent("cpu"), recorder: here)
            let stage = try train(sample, on: .rehearsal, in: folder.appendingPathComponent("device"), recorder: there)
            #expect(there.losses.count == here.losses.count)
            // Dropout draws other numbers there, so that losses are alike and not the same.
            #expect(abs(there.losses[0] / here.losses[0] - 1) < 0.3)
            #expect(there.metrics.map(\.step) == here.metrics.map(\.step))
            #expect(stage.savedParameters.allSatisfy { $0.parameter.value.device == .rehearsal })
        }
    }

    /// In a process by itself, since reads are counted for all of its threads.
    @Test func theHostWaitsOnlyToSettle() async {
        await #expect(processExitsWith: .success) {
            let others: [SampleStage] = [
                .expertGroup, .bins, .joint, .jointTopK, .jointSoft, .unfrozenAttentionRouter,
            ]
            let stages = SampleStage.m3dt + others
            for sample in stages { try DeviceStepsTests.expectNoWaiting(sample) }
        }
    }

    private static func expectNoWaiting(_ sample: SampleStage) throws {
        let stage = try sample.make()
        for named in stage.frozenParameters + stage.savedParameters { try named.parameter.move(to: .rehearsal) }
        for frozen in stage.frozenParameters { try frozen.parameter.freeze() }
        let optimizer = try AdamW(FlatParameters(stage.trainableParameters, parts: stage.parts.count))
        let steps = try DeviceSteps(stage, optimizer, .tiny())
        let source = try sample.source()
        let before = Device.rehearsedReads
        for step in 0..<12 {
            try steps.take(step, on: source.batch(step: step, tasks: Array(repeating: step % 3, count: 8)))
        }
        #expect(Device.rehearsedReads == before)
        let taken = try steps.settle()
        #expect(Device.rehearsedReads == before + 1)
        #expect(taken.map(\.step) == Array(0..<12))
        #expect(taken.map(\.tasks) == (0..<12).map { step in stage.parts.map { _ in [step % 3] } })
        let norms = taken.flatMap(\.gradientNorms)
        #expect(norms.count == 12 * stage.parts.count && norms.allSatisfy { $0 > 0 && $0.isFinite })
        let losses = taken.flatMap(\.losses)
        #expect(losses.allSatisfy { $0 > 0 } && Set(losses).count == 12 * stage.parts.count)
        #expect(try steps.settle().isEmpty)
    }

    @Test func withoutDropoutTheLossesAreThoseOfTheCPU() throws {
        try withTemporaryFolder { folder in
            var model = ModelConfiguration.tiny
            model.dropout = 0
            func losses(_ device: Device) throws -> [Double] {
                let stage = try BackboneStage(model, seed: 5)
                try stage.backbone.move(to: device)
                let recorder = Recorder()
                let loop = try TrainingLoop(
                    stage, source: Sampler.tiny(), options: .tiny(steps: 30),
                    folder: folder.appendingPathComponent("\(device)"), control: TrainingControl(observer: recorder))
                _ = try loop.run()
                return recorder.losses
            }
            for (own, expected) in zip(try losses(.rehearsal), try losses(.cpu)) {
                #expect(abs(own / expected - 1) < 1e-3)
            }
        }
    }

    @Test(arguments: SampleStage.m3dt + [.expertGroup])
    func aStoppedTrainingEndsWithTheSameBits(sample: SampleStage) throws {
        try withTemporaryFolder { folder in
            let whole = try train(sample, on: .rehearsal, in: folder.appendingPathComponent("whole"))
            let halved = folder.appendingPathComponent("halved")
            let stop = StopRequest()
            _ = try train(sample, on: .rehearsal, in: halved, recorder: Recorder(stop: (stop, 7)), stop: stop)
            let recorder = Recorder()
            let resumed = try train(sample, on: .rehearsal, in: halved, recorder: recorder)
            guard case .started(_, let step, _, _) = recorder.events[0] else { return #expect(Bool(false)) }
            #expect((7..<20).contains(step))
            #expect(try resumed.savedParameters.bits() == whole.savedParameters.bits())
        }
    }

    @Test(arguments: [PoisonedStage.Poison.loss, .gradient])
    func aNumberThatIsNotFiniteIsFoundWithItsStep(poison: PoisonedStage.Poison) throws {
        try withTemporaryFolder { folder in
            let stage = try PoisonedStage(poison, atStep: 2)
            try stage.stage.backbone.move(to: .rehearsal)
            let loop = try TrainingLoop(stage, source: Sampler.tiny(), options: .tiny(), folder: folder)
            #expect(throws: poison.error(stage: "backbone", step: 2, tasks: ["task-2"])) { try loop.run() }
            // The steps told of in the meantime have not spoilt the weights.
            #expect(
                try stage.trainableParameters.allSatisfy { try $0.parameter.value.floats().allSatisfy(\.isFinite) })
        }
    }
}
