import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct GramMatrixTests {
    private func vectors(_ count: Int, _ length: Int) throws -> [[Double]] {
        var stream = RandomStream(seed: 4)
        return (0..<count).map { _ in (0..<length).map { _ in Double(Float(stream.uniform(-1, 1))) } }
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func productsAreTheSameHoweverManyVectorsAreHeld(held: Int) throws {
        let vectors = try vectors(7, 10)
        var made = [Int](repeating: 0, count: 7)
        let grams = try GramMatrix.products(
            count: 7, length: 10, parts: [[0..<10], [1..<3, 8..<9]], memory: held * 10 * 4
        ) { index in
            made[index] += 1
            return try .of(vectors[index].map { Float($0) }, shape: [10])
        }
        let expected = [GramMatrix(vectors), GramMatrix(vectors.map { [$0[1], $0[2], $0[8]] })]
        for (gram, expected) in zip(grams, expected) {
            for row in 0..<7 {
                for column in 0..<7 { #expect(abs(gram[row, column] - expected[row, column]) < 1e-12) }
            }
        }
        #expect(made == (0..<7).map { $0 / min(held, 7) + 1 })
    }

    @Test func longVectorsAreTakenPieceByPiece() throws {
        let length = 3 * (1 << 16) + 5
        let grams = try GramMatrix.products(count: 2, length: length, parts: [[0..<length]]) {
            try .full($0 == 0 ? 1 : -2, shape: [length])
        }
        #expect(grams[0][0, 0] == Double(length))
        #expect(grams[0][0, 1] == -2 * Double(length))
        #expect(grams[0][1, 1] == 4 * Double(length))
    }

    @Test func cosinesAreOfPairsThatHaveADirection() {
        let gram = GramMatrix([[1, 0], [0, 2], [-3, 0], [0, 0]])
        #expect(gram.cosines == [0, -1, 0])
    }
}

@Suite struct TaskGradientTests {
    private func gradients(
        batches: Int = 2, normLimit: Double? = nil, _ stage: BackboneStage, _ source: Sampler
    ) throws -> TaskGradients {
        TaskGradients(
            stage, try FlatParameters(stage.trainableParameters), source, batches: batches, precision: .float32,
            normLimit: normLimit)
    }

    @Test func theMeanIsOverBatchesOfTheTask() throws {
        let (stage, source) = (try BackboneStage(.tiny, seed: 1), try Sampler.tiny())
        let one = try gradients(batches: 1, stage, source)
        let first = try one.gradient(of: 1).floats()
        #expect(try one.parameters.gradients.euclideanNorm() == 0, "no gradients are left behind")
        let three = try gradients(batches: 3, stage, source)
        let mean = try three.gradient(of: 1).floats()
        try three.parameters.zeroGradients()
        for index in 0..<3 {
            let batch = source.batch(step: BatchNumbers.measurement(index), task: 1)
            try stage.loss(batch.tensors(), StagePass(precision: .float32)).backward()
        }
        let sum = try three.parameters.gradients.floats()
        for (mean, sum) in zip(mean, sum) { #expect(abs(mean - sum / 3) <= 1e-6) }
        #expect(mean != first)
    }

    @Test func eachBatchIsClipped() throws {
        let (stage, source) = (try BackboneStage(.tiny, seed: 1), try Sampler.tiny())
        let free = try gradients(batches: 1, stage, source).gradient(of: 0)
        let norm = try free.euclideanNorm()
        let clipped = try gradients(batches: 1, normLimit: norm / 2, stage, source).gradient(of: 0)
        #expect(abs(try clipped.euclideanNorm() / norm - 0.5) < 1e-4)
    }

    @Test func conflictIsThatOfTheGradients() throws {
        let (stage, source) = (try BackboneStage(.tiny, seed: 1), try Sampler.tiny())
        let gradients = try gradients(stage, source)
        let values = try GradientConflict.measure(gradients, tasks: [0, 1, 2])
        let flat = gradients.parameters
        for (group, part) in [("attention", ".attn."), ("mlp", ".mlp.")] {
            let ranges = zip(flat.parameters, flat.ranges).filter { $0.0.name.contains(part) }.map(\.1)
            let vectors = try (0..<3).map { task in
                let numbers = try gradients.gradient(of: task).floats()
                return ranges.flatMap { numbers[$0].map(Double.init) }
            }
            #expect(vectors[0].count > 500)
            var cosines: [Double] = []
            for (first, second) in [(0, 1), (0, 2), (1, 2)] {
                let product = zip(vectors[first], vectors[second]).reduce(0) { $0 + $1.0 * $1.1 }
                let norms = [first, second].map { vectors[$0].reduce(0) { $0 + $1 * $1 }.squareRoot() }
                cosines.append(product / norms[0] / norms[1])
            }
            let mean = cosines.reduce(0, +) / 3
            #expect(abs(try #require(values["conflict/\(group)_cosine"]) - mean) < 1e-6)
            #expect(values["conflict/\(group)_negative_share"] == Double(cosines.count { $0 < 0 }) / 3)
        }
    }

    @Test func oneTaskHasNoConflictAndExpertsHaveNoAttention() throws {
        let source = try Sampler.tiny()
        let stage = try BackboneStage(.tiny, seed: 1)
        #expect(try GradientConflict.measure(gradients(stage, source), tasks: [1]).isEmpty)
        let expert = try SampleStage.expert.make()
        let gradients = TaskGradients(
            expert, try FlatParameters(expert.trainableParameters), source, batches: 1, precision: .float32)
        let values = try GradientConflict.measure(gradients, tasks: [0, 1])
        #expect(Set(values.keys) == ["conflict/mlp_cosine", "conflict/mlp_negative_share"])
    }

    @Test(arguments: [1 << 30, 1 << 16])
    func agreementIsGradientTimesMeanGradient(memory: Int) throws {
        let (stage, source) = (try BackboneStage(.tiny, seed: 1), try Sampler.tiny())
        var options = AgreementOptions()
        (options.batches, options.precision, options.memoryBytes) = (2, .float32, memory)
        let gram = try GradientAgreement.products(of: stage.backbone, source: source, options: options)
        #expect(!stage.trainableParameters.contains { $0.parameter.isTrainable })
        let gradients = try gradients(batches: 2, normLimit: 0.25, stage, source)
        let numbers = try (0..<3).map { try gradients.gradient(of: $0).floats().map(Double.init) }
        let mean = numbers[0].indices.map { index in numbers.reduce(0) { $0 + $1[index] } / 3 }
        let expected = GramMatrix(numbers.map { zip($0, mean).map(*) })
        for row in 0..<3 {
            for column in 0..<3 {
                #expect(abs(gram[row, column] / expected[row, column] - 1) < 1e-3, "\(row), \(column)")
            }
        }
    }
}
