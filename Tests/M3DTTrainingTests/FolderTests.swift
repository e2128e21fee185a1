import Foundation
import M3DTData
import M3DTModel
import M3DTStorage
import M3DTTensor
import M3DTTestSupport
import Testing

@testable import M3DTTraining

/// What a training does with files that are not as it left them.
@Suite struct FolderTests {
    /// A folder with a checkpoint of the backbone after 6 of 20 steps.
    private func withCheckpoint(_ body: (URL, URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try SampleStage.backbone.train(in: folder, source: Sampler.tiny(), control: .stopping(after: 6))
            try body(folder, folder.appendingPathComponent("checkpoint.safetensors"))
        }
    }

    @Test(arguments: [
        ("options.seed", "0", "9"), ("options.learningRate", "0.003", "0.001"),
        ("options.optimizer.weightDecay", "0.0001", "1"), ("options.precision", "float32", "bfloat16"),
        ("options.order", "inTurn", "mixed"),
    ])
    func aCheckpointOfOtherOptionsIsRefused(field: String, stored: String, current: String) throws {
        try withCheckpoint { folder, file in
            let options = StageOptions.tiny {
                switch field {
                case "options.seed": $0.seed = 9
                case "options.learningRate": $0.learningRate = 1e-3
                case "options.optimizer.weightDecay": $0.optimizer.weightDecay = 1
                case "options.precision": $0.precision = .bfloat16
                default: $0.order = .mixed
                }
            }
            let before = try Data(contentsOf: file)
            #expect(
                throws: TrainingError.otherConfiguration(
                    file: file.path, field: field, stored: stored, current: current)
            ) {
                try SampleStage.backbone.train(in: folder, options: options, source: Sampler.tiny())
            }
            #expect(try Data(contentsOf: file) == before)
        }
    }

    @Test func aCheckpointOfOtherDataTasksOrWeightsIsRefused() throws {
        try withCheckpoint { folder, _ in
            func field(_ stage: any Trainable, _ source: Sampler) -> String? {
                refusedField {
                    _ = try TrainingLoop(stage, source: source, options: .tiny(), folder: folder).run()
                }
            }
            let same = try SampleStage.backbone.make()
            #expect(field(same, try .tiny(shift: 0.5)) == "data")
            #expect(field(same, try .tiny(slip: 1e-6)) == "data")
            #expect(field(same, try .tiny(seed: 4)) == "data")
            #expect(field(same, try .tiny([0, 1])) == "data")
            #expect(field(try BackboneStage(.tiny, seed: 6), try .tiny()) == "initialWeights")
            var larger = ModelConfiguration.tiny
            larger.width = 32
            #expect(field(try BackboneStage(larger, seed: 5), try .tiny()) == "initialWeights")
            #expect(field(try SampleStage.expert.make(), try .tiny()) == "frozenWeights")
            #expect(field(try SampleStage.backbone.make(), try .tiny()) == nil)
        }
    }

    @Test func aFinishedStageOfOtherOptionsIsRefused() throws {
        try withTemporaryFolder { folder in
            try SampleStage.backbone.train(in: folder, source: Sampler.tiny())
            let record = StageFolder(folder).record
            #expect(
                throws: TrainingError.otherConfiguration(
                    file: record.path, field: "options.steps", stored: "20", current: "21")
            ) {
                try SampleStage.backbone.train(in: folder, options: .tiny(steps: 21), source: Sampler.tiny())
            }
            try SampleStage.backbone.train(in: folder, options: .tiny { $0.logEvery = 2 }, source: Sampler.tiny())
        }
    }

    @Test func aCheckpointBeyondTheStepsIsRefused() throws {
        try withCheckpoint { folder, file in
            #expect(throws: TrainingError.checkpointAhead(file: file.path, step: 6, steps: 5)) {
                try SampleStage.backbone.train(in: folder, options: .tiny(steps: 5), source: Sampler.tiny())
            }
        }
    }

    @Test func aDamagedCheckpointIsRefused() throws {
        try withCheckpoint { folder, file in
            let whole = try Data(contentsOf: file)
            try whole.prefix(whole.count / 2).write(to: file)
            #expect(throws: StorageError.self) {
                try SampleStage.backbone.train(in: folder, source: Sampler.tiny())
            }
            let numbers = SafetensorsTensor(name: "values", shape: [1], values: [Float(0)])
            try SafetensorsWriter.write(to: file, tensors: [numbers])
            #expect(
                throws: TrainingError.damagedFile(file: file.path, problem: "it is no checkpoint of this version")
            ) {
                try SampleStage.backbone.train(in: folder, source: Sampler.tiny())
            }
            try whole.write(to: file)
            try SampleStage.backbone.train(in: folder, source: Sampler.tiny())
        }
    }

    @Test func weightsOfAnotherModelAreRefused() throws {
        try withTemporaryFolder { folder in
            try SampleStage.expert.train(in: folder, source: Sampler.tiny())
            let parameters = try SampleStage.router.make().savedParameters
            #expect(throws: TensorError.self) { try StageFolder(folder).readWeights(into: parameters) }
        }
    }

    @Test func aFileInTheWayOfTheFolderIsAnError() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("backbone")
            try Data("x".utf8).write(to: file)
            #expect(throws: StorageError.notAFolder(path: file.path)) {
                try SampleStage.backbone.train(in: file, source: Sampler.tiny())
            }
        }
    }

    @Test func aFullDiskStopsTheTrainingAndKeepsTheCheckpoint() throws {
        let folder = try TemporaryFolder()
        guard let disk = try SmallDisk(in: folder, kibibytes: 1024) else { return }
        let source = try Sampler.tiny()
        let options = StageOptions.tiny { $0.checkpointEvery = 4 }
        let recorder = Recorder { step in
            if step == 6 { try? disk.fill() }
        }
        let trained = disk["backbone"]
        let checkpoint = trained.appendingPathComponent("checkpoint.safetensors")
        #expect(throws: StorageError.diskFull(path: checkpoint.path)) {
            try SampleStage.backbone.train(
                in: trained, options: options, source: source, control: TrainingControl(observer: recorder))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: trained.path) == ["checkpoint.safetensors"])
        try FileManager.default.removeItem(at: disk["filler"])
        let heard = Recorder()
        let resumed = try SampleStage.backbone.train(
            in: trained, options: options, source: source, control: TrainingControl(observer: heard))
        #expect(heard.events.first == .started(stage: "backbone", step: 4, steps: 20))
        let whole = try SampleStage.backbone.train(in: folder["whole"], options: options, source: source)
        #expect(try resumed.savedParameters.bits() == whole.savedParameters.bits())
    }
}
