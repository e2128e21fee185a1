import Foundation
import Testing

@testable import M3DTTraining

@Suite struct StageOptionsTests {
    @Test func theDefaultsAreThePapers() throws {
        let options = StageOptions(steps: 400_000)
        try options.validate()
        #expect(options.learningRate == 1e-4)
        #expect(options.warmUpSteps == 10_000)
        #expect(options.optimizer.weightDecay == 1e-4)
        #expect(options.optimizer.gradientNormLimit == 0.25)
        #expect(options.precision == .preferred(on: .cpu))
        #expect(options.order == .inTurn)
        #expect(!options.dropoutInFrozenParts)
    }

    private static let broken: [(String, @Sendable (inout StageOptions) -> Void)] = [
        ("steps", { $0.steps = 0 }), ("warmUpSteps", { $0.warmUpSteps = -1 }), ("logEvery", { $0.logEvery = 0 }),
        ("checkpointEvery", { $0.checkpointEvery = 0 }), ("conflictEvery", { $0.conflictEvery = -1 }),
        ("conflictBatches", { $0.conflictBatches = 0 }), ("learningRate", { $0.learningRate = 0 }),
        ("learningRate", { $0.learningRate = .infinity }), ("optimizer.beta1", { $0.optimizer.beta1 = 1 }),
        ("optimizer.beta2", { $0.optimizer.beta2 = -0.1 }), ("optimizer.epsilon", { $0.optimizer.epsilon = 0 }),
        ("optimizer.weightDecay", { $0.optimizer.weightDecay = .nan }),
        ("optimizer.gradientNormLimit", { $0.optimizer.gradientNormLimit = 0 }),
    ]

    @Test(arguments: broken)
    func whatMakesNoSenseIsRefused(name: String, change: @Sendable (inout StageOptions) -> Void) throws {
        var options = StageOptions(steps: 1)
        change(&options)
        do {
            try options.validate()
            Issue.record("\(name) was accepted")
        } catch TrainingError.option(let found, _, _) {
            #expect(found == name)
        }
    }

    @Test func optionsSurviveAFile() throws {
        let options = StageOptions.tiny { ($0.seed, $0.order, $0.precision) = (.max, .mixed, .float32) }
        let data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(StageOptions.self, from: data) == options)
    }
}
