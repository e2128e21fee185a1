import Foundation
import M3DTData
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct DeterminismTests {
    /// The bits of all saved weights after a training with changed options.
    private func train(
        _ stage: SampleStage = .expert, workers: Int = 1, seed: UInt64 = 3,
        _ change: (inout StageOptions) -> Void = { _ in }
    ) throws -> [String: [UInt32]] {
        try withTemporaryFolder { folder in
            try stage.train(
                in: folder, options: .tiny(change), source: Sampler.tiny(seed: seed),
                control: TrainingControl(batchWorkers: workers)
            ).savedParameters.bits()
        }
    }

    @Test(arguments: SampleStage.m3dt, Precision.allCases)
    func theSameSeedGivesTheSameBits(stage: SampleStage, precision: Precision) throws {
        let weights = try train(stage) { $0.precision = precision }
        #expect(try train(stage) { $0.precision = precision } == weights)
    }

    @Test func whatHasNoInfluenceChangesNoBit() throws {
        let weights = try train()
        #expect(try train(workers: 2) == weights)
        #expect(try train { $0.checkpointEvery = 3 } == weights)
        #expect(try train { $0.logEvery = 1 } == weights)
        #expect(try train { $0.recordTaskGradientNorms = true } == weights)
        #expect(try train { $0.conflictEvery = 4 } == weights)
        #expect(try train { ($0.conflictEvery, $0.conflictBatches) = (7, 2) } == weights)
    }

    @Test func whatHasInfluenceChangesTheWeights() throws {
        let weights = try train()
        #expect(try train(seed: 4) != weights)
        #expect(try train { $0.seed = 1 } != weights)
        #expect(try train { $0.learningRate = 1e-3 } != weights)
        #expect(try train { $0.warmUpSteps = 6 } != weights)
        #expect(try train { $0.optimizer.weightDecay = 1 } != weights)
        #expect(try train { $0.optimizer.gradientNormLimit = 1e-8 } != weights)
        #expect(try train { $0.precision = .bfloat16 } != weights)
        #expect(try train { $0.order = .mixed } != weights)
        #expect(try train { $0.dropoutInFrozenParts = true } != weights)
    }

    @Test func stagesDrawDifferentBatches() throws {
        let firsts = try SampleStage.m3dt.map { BatchNumbers.first(of: try $0.make().name) }
        #expect(Set(firsts).count == firsts.count)
        #expect(firsts.allSatisfy { $0 >= 0 })
        #expect(Set((0..<5).map(BatchNumbers.measurement) + [BatchNumbers.fingerprint]).count == 6)
    }

    @Test func tasksTakeTurns() throws {
        try withTemporaryFolder { folder in
            let source = WatchedSource(try .tiny())
            let loop = try TrainingLoop(
                SampleStage.backbone.make(), source: source, tasks: [2, 0], options: .tiny(steps: 5), folder: folder)
            _ = try loop.run()
            let trained = source.drawn.filter { $0.step >= 0 }
            #expect(trained.map(\.tasks) == [2, 0, 2, 0, 2].map { Array(repeating: $0, count: 8) })
            #expect(zip(trained, trained.dropFirst()).allSatisfy { $0.step + 1 == $1.step })
        }
    }
}
