import M3DTTasks
import Testing

@testable import M3DTEvaluation

@Suite struct EvaluationSummaryTests {
    private func row(_ task: String, _ domain: Domain, seed: UInt64, _ score: Double) -> EvaluationRow {
        EvaluationRow(
            method: "m", task: task, domain: domain, seed: seed, episode: 0, episodeReturn: score * 2, succeeded: false,
            score: score, steps: 1)
    }

    @Test func meansAreOverEpisodesThenTasks() {
        let summary = EvaluationSummary([
            row("b", .antDir, seed: 1, 10), row("b", .antDir, seed: 1, 30), row("b", .antDir, seed: 0, 50),
            row("a", .cheetahVel, seed: 0, 100), row("c", .antDir, seed: 0, 5),
        ])
        #expect(summary.tasks.map(\.name) == ["b", "a", "c"])
        #expect(summary.scores == [[10, 30, 50], [100], [5]])
        #expect(summary.tasks[0].meanScore == 30)
        #expect(summary.tasks[0].meanReturn == 60)
        #expect(abs(summary.meanScore - 135.0 / 3) < 1e-12)
        #expect(summary.domainMeans.map(\.domain) == [.cheetahVel, .antDir])
        #expect(summary.domainMeans.map(\.score) == [100, 17.5])
    }

    @Test func nothingGivesNothing() {
        let summary = EvaluationSummary([])
        #expect(summary.tasks.isEmpty && summary.domainMeans.isEmpty)
        #expect(summary.meanScore == 0)
    }
}
