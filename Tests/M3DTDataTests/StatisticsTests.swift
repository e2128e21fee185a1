import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct StatisticsTests {
    /// Two training episodes with the first column 0, 1 and 100, 101, 102; a prompt episode that must not count.
    private func trajectories() throws -> TaskTrajectories {
        try TaskTrajectories(
            .sample(), [.sample(0, steps: 2), .sample(1, steps: 3), .sample(9, steps: 9, reward: 5)],
            prompts: PromptSelection(episodes: 1))
    }

    @Test func meanAndDeviationAreThoseByHand() throws {
        let statistics = TaskStatistics(try trajectories())
        #expect(statistics.observationMean == [60.8, -60.8, 0.5])
        // The mean of the squares is 30606 / 5 = 6121.2, less 60.8 squared is 2424.56.
        let deviation = 2424.56.squareRoot()
        #expect(abs(statistics.observationDeviation[0] - deviation) < 1e-9)
        #expect(statistics.observationDeviation[2] == 0)
        #expect(statistics.actionMinimum == [0, -0.908])
        #expect(statistics.actionMaximum == [0.908, 0])
        #expect(statistics.successRate == 1.0 / 3)
        #expect(statistics.returns.maximum == 45)
    }

    @Test func smallDeviationsSurviveLargeMeans() throws {
        var episode = Trajectory.sample(0, steps: 4)
        for step in 0..<4 { episode.observations[step * 3] = 10_000 + (step.isMultiple(of: 2) ? 0 : 0.0078125) }
        let task = try TaskTrajectories(.sample(), [episode], prompts: PromptSelection(episodes: 0))
        #expect(TaskStatistics(task).observationDeviation[0] == 0.00390625)
    }

    @Test func deviationsHaveAFloorAndValuesAClip() throws {
        let statistics = TaskStatistics(try trajectories())
        let scaling = statistics.scaling(SamplerOptions())
        #expect(scaling.deviation[2] == 1e-3)
        #expect(scaling.scaled([60.8, -60.8, 0.5078125])[2] == Float(0.0078125) / Float(0.001))
        #expect(scaling.scaled([60.8, -60.8, 5])[2] == 10)
        #expect(scaling.scaled([-9e9, 0, 0])[0] == -10)
        let reference = statistics.scaling(.reference)
        #expect(reference.deviation[2] == 1e-6)
        #expect(reference.scaled([60.8, -60.8, 5])[2] == Float(4.5) / Float(1e-6))
    }

    @Test func targetsComeFromTheDataOrTheProtocol() {
        let returns = ReturnSummary((1...20).map(Double.init))
        #expect(returns.bestDecile == 19.5)
        #expect(ReturnSummary([3, 4]).bestDecile == 4)
        #expect(ReturnSummary((1...11).map(Double.init)).bestDecile == 10.5, "a tenth is rounded up")
    }

    @Test(arguments: [(TargetReturn.bestDecile, 48.0), (.best, 48), (.protocol, 77)])
    func profilesHoldTheTarget(rule: TargetReturn, target: Double) throws {
        let sampler = try Sampler.sample(options: .sample { $0.targetReturn = rule })
        #expect(sampler.profile(task: 0).targetReturn == target)
    }

    @Test func quartilesAreThoseByHand() {
        let summary = ReturnSummary([4, 1, 3, 2])
        #expect(summary.minimum == 1)
        #expect(summary.lowerQuartile == 1.75)
        #expect(summary.median == 2.5)
        #expect(summary.upperQuartile == 3.25)
        #expect(summary.maximum == 4)
        #expect(summary.mean == 2.5)
        #expect(ReturnSummary([7]).lowerQuartile == 7)
    }
}
