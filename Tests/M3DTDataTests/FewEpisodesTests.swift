import M3DTTasks
import Testing

@testable import M3DTData

/// The sample's prompts are episodes 3 and 5; the returns of the others are 2 (0), 9 (1), 6 (2) and -7 (4).
@Suite struct FewEpisodesTests {
    private func sample() throws -> TaskTrajectories { try TaskTrajectories(.sample(), .sample()) }

    /// The numbers of the episodes, from the first observation of each.
    private func numbers(_ trajectories: TaskTrajectories, _ role: EpisodeRole) -> [Int] {
        trajectories.episodes(role).map { Int(trajectories.trajectory($0).observations[0]) / 100 }
    }

    @Test(arguments: [(1, [1]), (2, [1, 2]), (3, [0, 1, 2]), (9, [0, 1, 2, 4])])
    func theBestTrainingEpisodesAreKeptWithAllPrompts(count: Int, kept: [Int]) throws {
        let few = try sample().best(count)
        #expect(numbers(few, .training) == kept)
        #expect(numbers(few, .prompt) == [3, 5])
    }

    @Test func episodesAreWholeAndStatisticsAreOfThemAlone() throws {
        let (all, few) = (try sample(), try sample().best(1))
        #expect(few.trajectory(0) == all.trajectory(1) && few.trajectory(1) == all.trajectory(3))
        let alone = try TaskTrajectories(.sample(), [.sample(1, steps: 9)], prompts: PromptSelection(episodes: 0))
        #expect(
            few.statistics().scaling(SamplerOptions()).mean == alone.statistics().scaling(SamplerOptions()).mean)
        #expect(
            few.statistics().scaling(SamplerOptions()).mean != all.statistics().scaling(SamplerOptions()).mean)
    }

    @Test func promptsStayPromptsWhateverTheRule() throws {
        // The episodes recorded last, which are not the best of those kept.
        let last = try TaskTrajectories(.sample(), .sample(), prompts: PromptSelection(rule: .last, episodes: 1))
        let few = try last.best(2)
        #expect(numbers(few, .prompt) == [5] && numbers(few, .training) == [1, 3])
    }

    @Test func withoutEpisodesThereIsNothingToTrainOn() {
        #expect(throws: DataError.self) { try sample().best(0) }
    }
}
