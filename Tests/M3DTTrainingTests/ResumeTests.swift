import Foundation
import M3DTData
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct ResumeTests {
    @Test(arguments: SampleStage.allCases, [1, 7])
    func aStoppedTrainingEndsWithTheSameBits(stage: SampleStage, stop: Int) throws {
        try withTemporaryFolder { folder in
            let source = try stage.source()
            let whole = try stage.train(in: folder.appendingPathComponent("whole"), source: source)
            let halved = folder.appendingPathComponent("halved")
            let loop = try TrainingLoop(
                stage.make(), source: source, options: .tiny(), folder: halved, control: .stopping(after: stop))
            let checkpoint = halved.appendingPathComponent("checkpoint.safetensors")
            #expect(try loop.run() == .stopped(stage: whole.name, step: stop, checkpoint: checkpoint))
            let resumed = try stage.train(in: halved, source: source)
            #expect(try resumed.savedParameters.bits() == whole.savedParameters.bits())
            #expect(try FileManager.default.contentsOfDirectory(atPath: halved.path).sorted() == Self.finishedFiles)
        }
    }

    @Test func metricsAreTheSameAsWithoutTheStop() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            func control(_ recorder: Recorder, _ stop: StopRequest = StopRequest()) -> TrainingControl {
                TrainingControl(observer: recorder, stop: stop)
            }
            let whole = Recorder()
            let (first, second) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
            try SampleStage.expert.train(in: first, source: source, control: control(whole))
            let stop = StopRequest()
            let before = Recorder(stop: (stop, 8))
            try SampleStage.expert.train(in: second, source: source, control: control(before, stop))
            let after = Recorder()
            try SampleStage.expert.train(in: second, source: source, control: control(after))
            #expect(after.events.first == .started(stage: "expert-1", step: 8, steps: 20))
            let (expected, found) = (whole.metrics, before.metrics + after.metrics)
            #expect(found.map(\.step) == [5, 10, 15, 20])
            for (old, new) in zip(expected, found) {
                let names = old.values.keys.filter { $0.hasPrefix("training/") }
                for name in names { #expect(old.values[name] == new.values[name], "\(name) of step \(old.step)") }
            }
            #expect(zip(found, found.dropFirst()).allSatisfy { $0.seconds < $1.seconds })
        }
    }

    @Test(arguments: SampleStage.m3dt + [.harmony])
    func aTrainingKilledAtAnyMomentEndsWithTheSameBits(stage: SampleStage) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("killed").path
            for _ in 0..<2 {
                let (step, seconds) = (Int.random(in: 1..<20), Double.random(in: 0..<0.01))
                await #expect(processExitsWith: .signal(SIGKILL), "killed \(seconds) s after step \(step)") {
                    [
                        path = path as String, stage = stage as SampleStage, step = step as Int,
                        seconds = seconds as Double
                    ] in
                    try SampleStage.trainUntilKilled(stage, in: path, step: step, seconds: seconds)
                }
            }
            try expectWhole(stage, after: path, beside: folder)
        }
    }

    @Test func aTrainingKilledWhileItSavesEndsWithTheSameBits() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("killed").path
            var left = 0
            for _ in 0..<4 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                    try SampleStage.trainUntilKilledWhileSaving(in: path)
                }
                left += try FileManager.default.contentsOfDirectory(atPath: path).count { $0.hasSuffix(".partial") }
            }
            #expect(left > 0, "no kill came in the middle of a checkpoint")
            try expectWhole(.router, after: path, beside: folder)
        }
    }

    @Test func aLongerTrainingGoesOnFromAShorterOne() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            let (first, second) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("2"))
            let whole = try SampleStage.backbone.train(in: first, options: .tiny(steps: 20), source: source)
            try SampleStage.backbone.train(
                in: second, options: .tiny(steps: 12), source: source, control: .stopping(after: 10))
            let longer = try SampleStage.backbone.train(in: second, options: .tiny(steps: 20), source: source)
            #expect(try longer.savedParameters.bits() == whole.savedParameters.bits())
        }
    }

    @Test func aFinishedStageIsReadAndNotTrainedAgain() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            let trained = try SampleStage.router.train(in: folder, source: source)
            let recorder = Recorder()
            let control = TrainingControl(observer: recorder)
            let read = try SampleStage.router.train(in: folder, source: source, control: control)
            let weights = StageFolder(folder).weights
            #expect(recorder.events == [.alreadyFinished(stage: "router", weights: weights)])
            #expect(try read.savedParameters.bits() == trained.savedParameters.bits())
            #expect(try StageFolder(folder).readModel() == .tiny)
        }
    }

    private static let finishedFiles = ["model.json", "stage.json", "weights.safetensors"]

    /// Trains on what a kill has left, and compares with a training that was never stopped.
    private func expectWhole(_ stage: SampleStage, after path: String, beside folder: URL) throws {
        let source = try Sampler.tiny()
        let options = StageOptions.tiny { $0.checkpointEvery = 2 }
        let resumed = try stage.train(in: URL(fileURLWithPath: path), options: options, source: source)
        let whole = try stage.train(in: folder.appendingPathComponent("whole"), options: options, source: source)
        #expect(try resumed.savedParameters.bits() == whole.savedParameters.bits())
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == Self.finishedFiles)
    }
}

extension SampleStage {
    /// Trains, and is killed by another thread some seconds after a step; never returns.
    static func trainUntilKilled(_ stage: SampleStage, in path: String, step: Int, seconds: Double) throws {
        let recorder = Recorder { done in
            guard done >= step else { return }
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: seconds)
                kill(getpid(), SIGKILL)
            }
        }
        try stage.train(
            in: URL(fileURLWithPath: path), options: .tiny { $0.checkpointEvery = 2 }, source: Sampler.tiny(),
            control: TrainingControl(observer: recorder))
        // Where an earlier process came so far that no step was left:
        Thread.sleep(forTimeInterval: seconds)
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    /// Trains, and is killed by another thread as soon as an unfinished checkpoint is on the disk; never returns.
    static func trainUntilKilledWhileSaving(in path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let known = try Set(FileManager.default.contentsOfDirectory(atPath: path))
        Thread.detachNewThread {
            while true {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                if names.contains(where: { $0.hasSuffix(".partial") && !known.contains($0) }) {
                    kill(getpid(), SIGKILL)
                }
            }
        }
        try SampleStage.router.train(
            in: URL(fileURLWithPath: path), options: .tiny { $0.checkpointEvery = 1 }, source: Sampler.tiny())
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
