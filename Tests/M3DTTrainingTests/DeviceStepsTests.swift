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
            let stages = SampleStage.m3dt + [.bins, .joint, .jointTopK, .jointSoft, .unfrozenAttentionRouter]
            for sample in stages { try DeviceStepsTests.expectNoWaiting(sample) }
        }
    }

    private static func expectNoWaiting(_ sample: SampleStage) throws {
        let stage = try sample.make()
        for named in stage.frozenParameters + stage.savedParameters { try named.parameter.move(to: .rehearsal) }
        for frozen in stage.frozenParameters { try frozen.parameter.freeze() }
        let optimizer = try AdamW(FlatParameters(stage.trainableParameters))
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
        #expect(taken.map(\.tasks) == (0..<12).map { [$0 % 3] })
        #expect(taken.allSatisfy { $0.loss > 0 && $0.gradientNorm > 0 && $0.gradientNorm.isFinite })
        #expect(Set(taken.map(\.loss)).count == 12)
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

    @Test(arguments: SampleStage.m3dt)
    func aStoppedTrainingEndsWithTheSameBits(sample: SampleStage) throws {
        try withTemporaryFolder { folder in
            let whole = try train(sample, on: .rehearsal, in: folder.appendingPathComponent("whole"))
            let halved = folder.appendingPathComponent("halved")
            let stop = StopRequest()
            _ = try train(sample, on: .rehearsal, in: halved, recorder: Recorder(stop: (stop, 7)), stop: stop)
            let recorder = Recorder()
            let resumed = try train(sample, on: .rehearsal, in: halved, recorder: recorder)
            guard case .started(_, let step, _) = recorder.events[0] else { return #expect(Bool(false)) }
            #expect((7..<20).contains(step))
            #expect(try resumed.savedParameters.bits() == whole.savedParameters.bits())
        }
    }

    @Test(arguments: [true, false])
    func aNumberThatIsNotFiniteIsFoundWithItsStep(isLoss: Bool) throws {
        try withTemporaryFolder { folder in
            let stage = try SpoiltStage(at: 2, loss: isLoss)
            try stage.stage.backbone.move(to: .rehearsal)
            let loop = try TrainingLoop(stage, source: Sampler.tiny(), options: .tiny(), folder: folder)
            let expected: TrainingError =
                isLoss
                ? .lossNotFinite(stage: "backbone", step: 2, tasks: ["task-2"])
                : .gradientNotFinite(stage: "backbone", step: 2, tasks: ["task-2"])
            #expect(throws: expected) { try loop.run() }
            // The steps told of in the meantime have not spoilt the weights.
            #expect(
                try stage.trainableParameters.allSatisfy { try $0.parameter.value.floats().allSatisfy(\.isFinite) })
        }
    }
}

/// A backbone whose loss or gradient is not finite at one step, before steps are recorded.
private final class SpoiltStage: Trainable {
    let stage: BackboneStage
    private let bad: Int
    private let isLoss: Bool
    private var step = 0

    init(at bad: Int, loss isLoss: Bool) throws {
        stage = try BackboneStage(.tiny, seed: 5)
        self.bad = bad
        self.isLoss = isLoss
    }

    var name: String { stage.name }
    var model: ModelConfiguration { stage.model }
    var trainableParameters: [NamedParameter] { stage.trainableParameters }
    var frozenParameters: [NamedParameter] { [] }
    var savedParameters: [NamedParameter] { stage.savedParameters }

    func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        defer { step += 1 }
        let loss = try stage.loss(batch, pass)
        guard step == bad else { return loss }
        return isLoss ? try loss / 0 : try loss + (loss * 0).squareRoot()
    }
}
