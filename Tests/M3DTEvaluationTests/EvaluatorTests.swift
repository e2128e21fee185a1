import M3DTModel
import M3DTTasks
import Testing

@testable import M3DTEvaluation

@Suite struct EvaluatorTests {
    static let tasks = (0..<3).map(PolicySamples.task)
    let plan = EvaluationPlan(tasks: Self.tasks, seeds: [3, 5], episodesPerTask: 4)

    private func rows(
        _ policy: any Policy, slots: Int, threads: Int = 1, plan: EvaluationPlan? = nil
    ) throws -> [EvaluationRow] {
        try Evaluator(plan ?? self.plan, method: "test")
            .rows(of: policy, in: ScriptedEnvironment.batch(slots: slots, threads: threads))
    }

    private func trained(slots: Int, experts: Int? = 2) throws -> SequencePolicy {
        SequencePolicy(try PolicySamples.policy(experts: experts), slots: slots)
    }

    @Test func thePlanSaysWhichEpisodesArePlayed() throws {
        let rows = try rows(RandomPolicy(), slots: 5)
        #expect(rows.count == 3 * 2 * 4)
        #expect(rows.map(\.task) == Self.tasks.flatMap { [String](repeating: $0.name, count: 8) })
        #expect(rows.prefix(8).map(\.seed) == [3, 3, 3, 3, 5, 5, 5, 5])
        #expect(rows.prefix(8).map(\.episode) == [0, 1, 2, 3, 0, 1, 2, 3])
        #expect(rows.allSatisfy { $0.method == "test" })
        #expect(Set(rows.map(\.episodeReturn)).count == rows.count)
    }

    @Test func theProtocolOfATaskIsTheDefault() throws {
        let rows = try rows(CountingPolicy(), slots: 2, plan: EvaluationPlan(tasks: Self.tasks))
        #expect(rows.map(\.task) == ["walk-0", "walk-1", "walk-1", "walk-2", "walk-2", "walk-2"])
    }

    @Test func rowsAreWhatPlayingOneEpisodeByHandGives() throws {
        let rows = try rows(CountingPolicy(), slots: 3)
        for (row, planned) in zip(rows, plan.episodes) {
            var stream = planned.stream
            let (environment, policy) = (ScriptedEnvironment(planned.task), CountingPolicy())
            var observation = environment.reset(seed: stream.next())
            policy.begin(slot: 0, task: planned.task, seed: stream.next())
            var (total, succeeded, steps, ended) = (0.0, false, 0, false)
            while steps < planned.task.episodeSteps && !ended {
                let action = policy.act([ActionRequest(slot: 0, observation: observation, reward: 0)])[0]
                // Actions are played in single precision.
                let outcome = try environment.step(action.map { Double(Float($0)) }, into: &observation)
                total += outcome.reward
                succeeded = succeeded || outcome.succeeded
                ended = outcome.terminated
                steps += 1
            }
            #expect(row.episodeReturn == total)
            #expect(row.succeeded == succeeded)
            #expect(row.steps == steps)
            #expect(row.score == planned.task.score.score(episodeReturn: total, succeeded: succeeded))
            #expect(row.domain == planned.task.domain)
        }
        #expect(Set(rows.map(\.succeeded)).count == 2)
        #expect(rows.contains { $0.steps < 9 } && rows.contains { $0.steps >= 9 })
    }

    @Test func slotsStayFullUntilTheLastEpisodes() throws {
        let policy = CountingPolicy()
        let rows = try rows(policy, slots: 6)
        let firstShort = try #require(policy.batches.firstIndex { $0 < 6 })
        // Nothing is short until fewer episodes than slots are left, none of which is longer than eleven steps.
        #expect(policy.batches.count - firstShort <= 11)
        #expect(policy.batches.reduce(0, +) == rows.map(\.steps).reduce(0, +))
        #expect(policy.seeds.count == rows.count)
    }

    @Test(arguments: [2, 3, 8]) func anyNumberOfThreadsGivesTheSameBits(threads: Int) throws {
        let expected = try rows(trained(slots: 8), slots: 8)
        #expect(try rows(trained(slots: 8), slots: 8, threads: threads) == expected)
    }

    @Test func theSameSeedGivesTheSameBitsAndAnotherSeedOthers() throws {
        let first = try rows(trained(slots: 4), slots: 4)
        let policy = try trained(slots: 4)
        #expect(try rows(policy, slots: 4) == first)
        #expect(try rows(policy, slots: 4) == first, "nothing is left over from an evaluation before")
        #expect(first[0].episodeReturn != first[4].episodeReturn)
    }

    @Test(arguments: [1, 3, 24, 40]) func theNumberOfSlotsChangesRoundingAlone(slots: Int) throws {
        let expected = try rows(trained(slots: 8), slots: 8)
        let found = try rows(trained(slots: slots), slots: slots)
        for (row, other) in zip(found, expected) {
            #expect(row.task == other.task && row.steps == other.steps && row.succeeded == other.succeeded)
            #expect(abs(row.episodeReturn - other.episodeReturn) < 1e-4)
        }
        #expect(try rows(RandomPolicy(), slots: slots) == rows(RandomPolicy(), slots: 8))
    }

    @Test func progressCountsUpAndCanStop() throws {
        var reports: [EvaluationProgress] = []
        let evaluator = Evaluator(plan, method: "test")
        let rows = try evaluator.rows(of: ConstantPolicy(), in: ScriptedEnvironment.batch(slots: 5)) {
            reports.append($0)
        }
        #expect(reports.map(\.finishedEpisodes) == reports.map(\.finishedEpisodes).sorted())
        #expect(reports.last?.finishedEpisodes == 24)
        #expect(reports.last?.steps == rows.map(\.steps).reduce(0, +))
        #expect(Set(reports.map(\.row)) == Set(rows) && reports.count == rows.count)
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            _ = try evaluator.rows(of: RandomPolicy(), in: ScriptedEnvironment.batch(slots: 5)) { _ in throw Stop() }
        }
    }

    @Test func aPolicyWithTooFewSlotsIsAnError() {
        #expect(throws: PolicyError.unknownSlot(2, slots: 2)) { try rows(trained(slots: 2), slots: 3) }
    }

    @Test func anEmptyPlanGivesNoRows() throws {
        #expect(try rows(RandomPolicy(), slots: 3, plan: EvaluationPlan(tasks: [])).isEmpty)
    }

    @Test func aGoodPolicyIsFarAboveTheFloor() throws {
        let good = EvaluationSummary(try rows(CountingPolicy(), slots: 4)).meanScore
        let random = EvaluationSummary(try rows(RandomPolicy(), slots: 4)).meanScore
        let zero = EvaluationSummary(try rows(ConstantPolicy(), slots: 4)).meanScore
        let description = try PolicySamples.policy(experts: 2).description
        let fresh = SequencePolicy(try M3DTPolicy(untrained: description, seed: 1), slots: 4)
        let untrained = EvaluationSummary(try rows(fresh, slots: 4)).meanScore
        for floor in [random, zero, untrained] { #expect(good > floor + 20) }
    }
}
