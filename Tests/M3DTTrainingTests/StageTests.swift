import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct StageTests {
    @Test(arguments: SampleStage.allCases)
    func frozenWeightsKeepTheirBitsAndAllTrainableOnesMove(stage kind: SampleStage) throws {
        try withTemporaryFolder { folder in
            let before = try kind.make()
            let after = try kind.train(in: folder, source: kind.source())
            #expect(try after.frozenParameters.bits() == before.frozenParameters.bits())
            let (old, new) = (try before.trainableParameters.bits(), try after.trainableParameters.bits())
            for name in old.keys.sorted() { #expect(old[name] != new[name], "\(name) has not moved") }
            let trained = Set(old.keys).union(after.state.map(\.name))
            let (saved, fresh) = (try after.savedParameters.bits(), try before.savedParameters.bits())
            for name in saved.keys where !trained.contains(name) { #expect(saved[name] == fresh[name]) }
            #expect(!after.trainableParameters.contains { $0.parameter.isTrainable }, "training has ended")
        }
    }

    @Test(arguments: [Precision.float32, .bfloat16])
    func theBackboneLearns(precision: Precision) throws {
        try withTemporaryFolder { folder in
            let recorder = Recorder()
            try SampleStage.backbone.train(
                in: folder, options: .tiny(steps: 300) { $0.precision = precision }, source: Sampler.tiny([0, 1]),
                control: TrainingControl(observer: recorder))
            let (first, last) = (recorder.meanLoss(0..<20), recorder.meanLoss(280..<300))
            #expect(last < 0.25 * first, "the loss went from \(first) to \(last)")
        }
    }

    @Test func anExpertAndThenTheRoutersLowerTheLossOfABackbone() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny([0, 1])
            let backbone = BackboneStage(try PromptDT(.tiny, stream: .init(seed: 1)))
            _ = try TrainingLoop(
                backbone, source: source, options: .tiny(steps: 60), folder: folder.appendingPathComponent("backbone")
            ).run()
            let grouping = Grouping(method: .random, experts: [["task-0"], ["task-1"]], seed: 0)
            let recorder = Recorder()
            let (experts, outcome) = try ExpertTrainer(
                backbone: backbone.backbone, grouping: grouping, source: source, options: .tiny(steps: 100),
                folder: folder.appendingPathComponent("experts"), control: TrainingControl(observer: recorder)
            ).run()
            #expect(outcome == .finished)
            #expect(recorder.losses.count == 200)
            for start in [0, 100] {
                let (first, last) = (recorder.meanLoss(start..<start + 20), recorder.meanLoss(start + 80..<start + 100))
                #expect(last < 0.6 * first, "the loss went from \(first) to \(last)")
            }
            let router = try RouterStage(experts, beside: backbone.backbone, seed: 1)
            let heard = Recorder()
            _ = try TrainingLoop(
                router, source: source, options: .tiny(steps: 150), folder: folder.appendingPathComponent("router"),
                control: TrainingControl(observer: heard)
            ).run()
            let (first, last) = (heard.meanLoss(0..<20), heard.meanLoss(130..<150))
            #expect(last < 0.8 * first, "the loss went from \(first) to \(last)")
        }
    }

    @Test(arguments: [SampleStage.router, .attentionRouter, .linearRouter])
    func frozenPartsHaveNoDropoutUnlessAskedFor(kind: SampleStage) throws {
        func loss(dropoutInFrozenParts: Bool, step: Int) throws -> Double {
            let stage = try kind.make()
            let options = StageOptions.tiny { $0.dropoutInFrozenParts = dropoutInFrozenParts }
            let pass = StagePass(step: step, options: options, stream: stage.stream(seed: 0))
            return try stage.loss(Sampler.tiny().batch(step: 0, task: 0).tensors(), pass).scalar()
        }
        #expect(try loss(dropoutInFrozenParts: false, step: 0) == loss(dropoutInFrozenParts: false, step: 1))
        #expect(try loss(dropoutInFrozenParts: true, step: 0) != loss(dropoutInFrozenParts: true, step: 1))
        #expect(try loss(dropoutInFrozenParts: true, step: 0) == loss(dropoutInFrozenParts: true, step: 0))
    }

    @Test(arguments: [SampleStage.harmony, .joint, .jointTopK, .jointSoft, .bins, .withoutReturns])
    func rivalsLearn(stage: SampleStage) throws {
        try withTemporaryFolder { folder in
            let recorder = Recorder()
            try stage.train(
                in: folder, options: .tiny(steps: 150), source: Sampler.tiny(),
                control: TrainingControl(observer: recorder))
            let (first, last) = (recorder.meanLoss(0..<15), recorder.meanLoss(135..<150))
            #expect(last < 0.8 * first, "the loss went from \(first) to \(last)")
        }
    }

    // In a process of its own, where no other test makes tensors.
    @Test(arguments: SampleStage.m3dt + [.harmony, .jointTopK])
    func aLongTrainingKeepsNoTensors(stage: SampleStage) async {
        await #expect(processExitsWith: .success) { [stage = stage as SampleStage] in
            try withTemporaryFolder { folder in
                var counts: [Int] = []
                let recorder = Recorder { step in if step % 50 == 0 { counts.append(Tensor.liveCount) } }
                try stage.train(
                    in: folder, options: .tiny(steps: 150) { $0.conflictEvery = 20 }, source: Sampler.tiny(),
                    control: TrainingControl(observer: recorder))
                try #require(counts.count == 3)
                try #require(counts[1] == counts[0] && counts[2] == counts[0], "\(counts)")
            }
        }
    }

    @Test func dropoutReachesTheExpertsOfAMixtureAndNothingElse() throws {
        let stage = try #require(try SampleStage.router.make() as? RouterStage)
        func actions(_ pass: BranchPass) throws -> [Float] {
            let input = try Sampler.tiny().batch(step: 0, task: 0).tensors().input
            let backbone = try #require(stage.backbone as? PromptDT)
            return try backbone.actions(input, branch: pass, ForwardContext(precision: .float32)).floats()
        }
        func context(_ seed: UInt64?) -> ForwardContext {
            ForwardContext(precision: .float32, stream: seed.map { RandomStream(seed: $0) })
        }
        let plain = try actions(BranchPass(stage.mixture, context(nil)))
        // Routers have no dropout of their own.
        #expect(try actions(BranchPass(stage.mixture, context(1), experts: context(nil))) == plain)
        let dropped = try actions(BranchPass(stage.mixture, context(nil), experts: context(1)))
        #expect(dropped != plain)
        #expect(try actions(BranchPass(stage.mixture, context(nil), experts: context(1))) == dropped)
    }

    @Test func fineTuningKnowsItsParts() throws {
        #expect(throws: TrainingError.self) {
            try FineTuneStage(PromptDT(.tiny, stream: .init(seed: 1)), mixture: nil, parts: .router)
        }
        let counts = try [SampleStage.fineTune, .fineTuneExperts, .fineTuneRouter].map { kind in
            let stage = try kind.make()
            return (stage.trainableParameters.count, stage.frozenParameters.count, stage.savedParameters.count)
        }
        #expect(counts[0].0 > counts[1].0 && counts[1].0 > counts[2].0 && counts[2].0 > 0)
        #expect(counts.allSatisfy { $0.2 == counts[0].2 })
        #expect(counts[0].1 == 0 && counts[1].1 < counts[2].1)
    }

    @Test func stagesHaveNames() throws {
        #expect(try SampleStage.m3dt.map { try $0.make().name } == ["backbone", "expert-1", "router"])
        #expect(try SampleStage.agent.make().name == "agent-task-0" && SampleStage.joint.make().name == "joint")
        #expect(try StageKind(named: "experts") == .experts)
        #expect(throws: TrainingError.unknownStage(name: "routers", nearest: "router")) {
            try StageKind(named: "routers")
        }
    }
}
