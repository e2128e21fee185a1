import M3DTTasks
import Testing

@testable import M3DTData

/// The sample's prompts are episode 3 (12 steps, return 48) and episode 5 (8 steps, return 40).
@Suite struct PromptTests {
    private let endOf3 = [306, 307, 308, 309, 310]
    private let endOf5 = [502, 503, 504, 505, 506]

    @Test func bestIsTheStepsBeforeTheLastOfTheBestEpisode() throws {
        let rows = try promptSteps { $0.promptChoice = .best }
        #expect(rows == Array(repeating: endOf3, count: 16))
    }

    @Test func lastIsTheEpisodeRecordedLast() throws {
        let rows = try promptSteps { $0.promptChoice = .last }
        #expect(rows == Array(repeating: endOf5, count: 16))
    }

    @Test func referenceGivesTheWorstToTwoOfSixteenRows() throws {
        let rows = try promptSteps { $0.promptChoice = .reference }
        #expect(rows.count { $0 == endOf5 } == 2)
        #expect(rows.count { $0 == endOf3 } == 14)
    }

    @Test func randomDrawsEveryEpisodeAndEveryStart() throws {
        var starts: Set<Int> = []
        for step in 0..<20 {
            for row in try promptSteps(step: step, { $0.promptChoice = .random }) {
                #expect(row == Array(row[0]..<row[0] + 5))
                starts.insert(row[0])
            }
        }
        #expect(starts == Set(300...307).union(500...503))
    }

    @Test func valuesAreThoseOfTheSteps() throws {
        let sampler = try Sampler.sample()
        let batch = sampler.batch(step: 0, task: 0)
        let scaling = sampler.profile(task: 0).scaling
        #expect(Array(batch.promptTimesteps[..<5]) == [6, 7, 8, 9, 10])
        #expect(Array(batch.promptReturnsToGo[..<5]) == [2.4, 2, 1.6, 1.2, 0.8], "6 rewards of 4 are left, by 10")
        #expect(Array(batch.promptMask[..<5]) == [1, 1, 1, 1, 1])
        #expect(Array(batch.promptStates[..<5]) == scaling.scaled([306, -306, 0.5]) + [0, 0])
    }

    @Test func shortEpisodesArePaddedOnTheLeft() throws {
        let short: [Trajectory] = [.sample(0, steps: 3, reward: 9), .sample(1, steps: 4)]
        let task = try TaskTrajectories(.sample(), short, prompts: PromptSelection(episodes: 1))
        let batch = try Sampler([task], stateWidth: 3, actionWidth: 2, seed: 1).batch(step: 0, tasks: [0])
        #expect(batch.promptMask == [0, 0, 1, 1, 1])
        #expect(batch.promptTimesteps == [0, 0, 0, 1, 2])
        #expect(batch.promptReturnsToGo == [0, 0, 2.7, 1.8, 0.9])
        #expect(Array(batch.promptActions[..<6]) == [-10, -10, -10, -10, 0, 0])
        #expect(Array(batch.promptStates[..<6]) == [0, 0, 0, 0, 0, 0])
    }

    @Test func promptStatisticsAreAnOption() throws {
        let own = try Sampler.sample(options: .sample { $0.promptStatistics = .prompt })
        let shared = try Sampler.sample()
        let (ownBatch, sharedBatch) = (own.batch(step: 0, task: 0), shared.batch(step: 0, task: 0))
        #expect(ownBatch.states == sharedBatch.states)
        #expect(ownBatch.promptStates != sharedBatch.promptStates)
        // Steps 300 ... 311 and 500 ... 507: mean 384.7; the variance is 9.25 within and 9408.96 between.
        #expect(abs(ownBatch.promptStates[0] - (306 - 384.7) / 97.0475) < 1e-5)
    }

    @Test func modelsWithoutPromptsGetNone() throws {
        let unprompted = try TaskTrajectories(.sample(), .sample(), prompts: PromptSelection(episodes: 0))
        let options = SamplerOptions.sample { $0.promptSteps = 0 }
        let sampler = try Sampler([unprompted], options: options, stateWidth: 3, actionWidth: 2, seed: 1)
        let batch = sampler.batch(step: 0, task: 0)
        #expect(batch.shape.promptSteps == 0)
        #expect(batch.promptStates.isEmpty && batch.promptActions.isEmpty && batch.promptMask.isEmpty)
        #expect(sampler.profile(task: 0).prompts.rows == 0)
    }

    @Test(arguments: [(PromptChoice.best, [3]), (.last, [5]), (.reference, [3]), (.random, [3, 5])])
    func profilesHoldThePromptsToActWith(choice: PromptChoice, episodes: [Int]) throws {
        let prompts = try Sampler.sample(options: .sample { $0.promptChoice = choice }).profile(task: 0).prompts
        #expect(prompts.rows == episodes.count)
        #expect(prompts.length == 5)
        let first = stride(from: 0, to: prompts.actions.count, by: 15).map { Int(prompts.actions[$0] * 1000) / 100 }
        #expect(first == episodes)
    }

    @Test func profilePromptIsTheTrainingPrompt() throws {
        let sampler = try Sampler.sample()
        let (batch, prompts) = (sampler.batch(step: 0, tasks: [0]), sampler.profile(task: 0).prompts)
        #expect(batch.promptStates == prompts.states)
        #expect(batch.promptActions == prompts.actions)
        #expect(batch.promptReturnsToGo == prompts.returnsToGo)
    }

    @Test func selectionPrefersReturnsThenOrder() {
        let returns = [3.0, 9, 9, 1]
        #expect(PromptSelection(rule: .best, episodes: 1).roles(returns: returns).firstIndex(of: .prompt) == 1)
        #expect(PromptSelection(rule: .best).roles(returns: returns) == [.training, .prompt, .prompt, .training])
        #expect(PromptSelection(rule: .last).roles(returns: returns) == [.training, .training, .prompt, .prompt])
    }

    /// The episode and step of each prompt slot, row by row, as 100 * episode + timestep.
    private func promptSteps(step: Int = 0, _ change: (inout SamplerOptions) -> Void) throws -> [[Int]] {
        let batch = try Sampler.sample(options: .sample(change)).batch(step: step, task: 0)
        return (0..<16).map { row in
            (0..<5).map { Int((batch.promptActions[(row * 5 + $0) * 3] * 1000).rounded()) }
        }
    }
}
