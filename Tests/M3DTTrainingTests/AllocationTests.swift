import M3DTData
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct AllocationTests {
    /// The number of tensors that are there after each step.
    private func counts(
        _ stage: SampleStage, steps: Int, atStep: @escaping (Int) throws -> Void = { _ in }
    ) throws -> [Int] {
        var counts: [Int] = []
        let observer = Recorder { step in
            try atStep(step)
            counts.append(Tensor.liveCount)
        }
        try withTemporaryFolder { folder in
            let options = StageOptions.tiny(steps: steps) {
                ($0.precision, $0.logEvery, $0.checkpointEvery) = (.bfloat16, 100, 400)
            }
            _ = try stage.train(
                in: folder, options: options, source: Sampler.tiny(), control: TrainingControl(observer: observer))
        }
        return counts
    }

    @Test(arguments: SampleStage.m3dt) func aThousandStepsKeepNoTensor(stage: SampleStage) throws {
        let counts = try counts(stage, steps: 1000)
        #expect(counts.count == 1000)
        // Frozen weights are converted in the first step.
        #expect(Set(counts.dropFirst()).count == 1)
    }

    @Test func aLeakWouldBeSeen() throws {
        var leaked: [Tensor] = []
        let counts = try counts(.backbone, steps: 20) { _ in leaked.append(try .zeros([1])) }
        #expect(counts.last! - counts[0] == 19)
    }
}
