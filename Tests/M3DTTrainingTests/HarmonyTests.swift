import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct HarmonyTests {
    // Worked by hand: five weights, two tasks. The mean gradient is that of the two tasks.
    //
    //   task          first                  second
    //   gradient       1   2  -1   3   0      1  -2  -3   1   2
    //   mean           1   0  -2   2   1
    //   harmony        1   0   2   6   0      1   0   6   2   2
    //   mask           1   1   1   0   0      1   0   1   1   0
    //   2 harmony + g^2  3   4   5  (21)(0)     3  (4) 21   5  (8)
    //   gives up       weight 0               weight 0
    //   takes on       weight 3 (harmony 6)   weight 4 (harmony 2, against 0)
    private let mean = [1, 0, -2, 2, 1] as [Float]

    private func exchanged(_ mask: [UInt8], _ gradient: [Float], count: Int, gamma: Double = 2) throws -> [UInt8] {
        func tensor(_ values: [Float]) throws -> Tensor { try .of(values, shape: [values.count]) }
        return try HarmonyExchange.mask(
            .of(mask, shape: [mask.count]), gradient: tensor(gradient), mean: tensor(mean), count: count,
            gamma: gamma
        ).elements()
    }

    @Test func theExchangeIsThatOfAnExampleWorkedByHand() throws {
        #expect(try exchanged([1, 1, 1, 0, 0], [1, 2, -1, 3, 0], count: 1) == [0, 1, 1, 1, 0])
        #expect(try exchanged([1, 0, 1, 1, 0], [1, -2, -3, 1, 2], count: 1) == [0, 0, 1, 1, 1])
        // Two at once: 3 and 4 are the least worth of the first task; there are two to take on.
        #expect(try exchanged([1, 1, 1, 0, 0], [1, 2, -1, 3, 0], count: 2) == [0, 0, 1, 1, 1])
        // With gamma 0 the squared gradient alone counts: 1, 4, 1 of the active; of equals either may go.
        let fisher = try exchanged([1, 1, 1, 0, 0], [1, 2, -1, 3, 0], count: 1, gamma: 0)
        #expect(fisher == [0, 1, 1, 1, 0] || fisher == [1, 1, 0, 1, 0])
    }

    @Test(
        arguments: [
            ([1, 1, 1, 1, 1], 3, [1, 1, 1, 1, 1]), ([0, 0, 0, 0, 0], 3, [0, 0, 0, 0, 0]),
            ([1, 1, 1, 1, 0], 9, [0, 1, 1, 1, 1]), ([1, 1, 1, 0, 0], 0, [1, 1, 1, 0, 0]),
        ] as [([UInt8], Int, [UInt8])])
    func noMoreIsExchangedThanThereIs(mask: [UInt8], count: Int, expected: [UInt8]) throws {
        #expect(try exchanged(mask, [1, 2, -1, 3, 0], count: count) == expected)
    }

    @Test func theNumberExchangedFallsAlongACosine() {
        let options = HarmonyOptions()
        #expect([0, 250, 500, 1000].map { options.exchanged(step: $0, of: 1000) } == [100, 85, 50, 0])
    }

    @Test func largerLayersAreSparserAndTheWholeHasTheDensityAskedFor() {
        let shapes = [[16, 48], [48], [16, 64], [4, 4]]
        let densities = ErdosRenyiKernel.densities(shapes, density: 0.6)
        #expect(densities[1] == 1 && densities[3] == 1 && densities[0] > densities[2])
        let counts = shapes.map { Double($0.reduce(1, *)) }
        let active = zip(densities, counts).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(active / counts.reduce(0, +) - 0.6) < 1e-9)
        // By hand: (16 + 48) / (16 x 48) against (16 + 64) / (16 x 64).
        #expect(abs(densities[0] / densities[2] - (64.0 / 768) / (80.0 / 1024)) < 1e-9)
        #expect(ErdosRenyiKernel.densities(shapes, density: 1).allSatisfy { abs($0 - 1) < 1e-9 })
    }

    @Test func masksDifferBetweenTasksAndHaveTheSparsityAskedFor() throws {
        let stage = try HarmonyStage(.tiny, tasks: 3, seed: 5)
        let masks = try (0..<3).map { try stage.masks.mask(of: $0).elements(UInt8.self) }
        #expect(masks[0] != masks[1] && masks[1] != masks[2])
        for mask in masks {
            let density = Double(mask.count { $0 == 1 }) / Double(mask.count)
            #expect(abs(density - 0.8) < 0.02, "\(density)")
        }
    }

    @Test func aStepMovesOnlyWhatTheTasksMaskHas() throws {
        let stage = try HarmonyStage(.tiny, tasks: 3, seed: 5)
        let optimizer = try AdamW(FlatParameters(stage.trainableParameters))
        let values = optimizer.parameters.values
        let before = try values.floats()
        let batch = try Sampler.tiny().batch(step: 0, task: 1).tensors()
        for _ in 0..<2 {
            let inside = try stage.withWeights(of: [1], in: optimizer.parameters) {
                try stage.loss(batch, StagePass(precision: .float32)).backward()
                return try values.floats()
            }
            let mask = try stage.masks.mask(of: 1).elements(UInt8.self)
            #expect(zip(inside, mask).allSatisfy { $1 == 1 || $0 == 0 }, "the model sees masked weights")
            _ = try stage.move(optimizer, learningRate: 1e-2, tasks: [1])
        }
        let (after, mask) = (try values.floats(), try stage.masks.mask(of: 1).elements(UInt8.self))
        for index in mask.indices where mask[index] == 0 { #expect(after[index] == before[index]) }
        let moved = mask.indices.count { mask[$0] == 1 && after[$0] != before[$0] }
        #expect(moved > mask.count / 2)
        #expect(before[mask.count...] != after[mask.count...], "embeddings and heads belong to all tasks")
    }

    @Test func trainingExchangesAndKeepsTheNumberOfWeights() throws {
        try withTemporaryFolder { folder in
            let before = try #require(try SampleStage.harmony.make() as? HarmonyStage)
            let after = try #require(
                try SampleStage.harmony.train(in: folder, source: Sampler.tiny()) as? HarmonyStage)
            for task in 0..<3 {
                let (old, new) = try (
                    before.masks.mask(of: task).elements(UInt8.self), after.masks.mask(of: task).elements(UInt8.self)
                )
                #expect(old != new)
                #expect(old.count { $0 == 1 } == new.count { $0 == 1 })
            }
        }
    }

    @Test func mixedBatchesAreRefused() throws {
        try withTemporaryFolder { folder in
            _ = #expect(throws: TrainingError.self) {
                try SampleStage.harmony.train(
                    in: folder, options: .tiny { $0.order = .mixed }, source: Sampler.tiny())
            }
        }
    }

    @Test(arguments: ["sparsity", "interval", "gamma", "leastExchanged", "mostExchanged"])
    func optionsOutOfRangeAreNamed(name: String) {
        var options = HarmonyOptions()
        switch name {
        case "sparsity": options.sparsity = 1
        case "interval": options.interval = 0
        case "gamma": options.gamma = .nan
        case "leastExchanged": options.leastExchanged = -1
        default: (options.leastExchanged, options.mostExchanged) = (5, 4)
        }
        let error = #expect(throws: TrainingError.self) {
            try HarmonyStage(.tiny, tasks: 2, options: options, seed: 0)
        }
        #expect(error?.description.contains("harmony.\(name)") == true)
    }

    @Test func anotherSparsityIsNotResumed() throws {
        try withTemporaryFolder { folder in
            let source = try Sampler.tiny()
            func loop(_ sparsity: Double, stop: Int) throws -> TrainingLoop {
                var options = HarmonyOptions()
                options.sparsity = sparsity
                return try TrainingLoop(
                    HarmonyStage(.tiny, tasks: 3, options: options, seed: 0), source: source, options: .tiny(),
                    folder: folder, control: .stopping(after: stop))
            }
            _ = try loop(0.2, stop: 3).run()
            _ = #expect(throws: TrainingError.self) { try loop(0.3, stop: 5).run() }
        }
    }
}
