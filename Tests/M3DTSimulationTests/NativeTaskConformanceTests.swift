import M3DTRandom
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// What every native task must keep to.
@Suite struct NativeTaskConformanceTests {
    static let environments = NativeEnvironments()
    static let tasks = TaskRegistry.standard.tasks.filter(NativeEnvironments.simulates)

    static func actions(for task: TaskSpecification, count: Int, seed: UInt64) -> [[Double]] {
        var random = RandomStream(seed: seed)
        return (0..<count).map { _ in (0..<task.actionWidth).map { _ in random.uniform(-1, 1) } }
    }

    /// Observations and rewards of the first steps of an episode.
    static func play(_ environment: any Environment, seed: UInt64, steps: Int) throws -> [[Double]] {
        var observation = try environment.reset(seed: seed)
        var record = [observation]
        for action in actions(for: environment.task, count: steps, seed: 1) {
            let outcome = try environment.step(action, into: &observation)
            record.append(observation + [outcome.reward])
        }
        return record
    }

    @Test(arguments: tasks) func widthsAreAsSpecifiedAndNumbersFinite(task: TaskSpecification) throws {
        let environment = try Self.environments.make(task)
        #expect(environment.physics.model.controlWidth == task.actionWidth)
        let record = try Self.play(environment, seed: 0, steps: 20)
        #expect(record[0].count == task.observationWidth)
        #expect(record.dropFirst().allSatisfy { $0.count == task.observationWidth + 1 })
        #expect(record.joined().allSatisfy { $0.isFinite })
    }

    @Test(arguments: tasks) func theSeedDecidesTheEpisode(task: TaskSpecification) throws {
        let environment = try Self.environments.make(task)
        let first = try Self.play(environment, seed: 5, steps: 10)
        let other = try Self.play(environment, seed: 6, steps: 10)
        #expect(try Self.play(environment, seed: 5, steps: 10) == first)
        #expect(try Self.play(Self.environments.make(task), seed: 5, steps: 10) == first)
        #expect(other[0] != first[0])
    }

    @Test(arguments: tasks) func observationsDoNotAlias(task: TaskSpecification) throws {
        let environment = try Self.environments.make(task)
        let first = try environment.reset(seed: 3)
        let kept = first
        var observation = first
        _ = try environment.step(Self.actions(for: task, count: 1, seed: 2)[0], into: &observation)
        #expect(first == kept)
        #expect(observation != first)
        let second = observation
        _ = try environment.reset(seed: 4)
        #expect(observation == second)
    }

    @Test(arguments: tasks) func unusableActionsAreErrors(task: TaskSpecification) throws {
        let environment = try Self.environments.make(task)
        var observation: [Double] = []
        let good = [Double](repeating: 0, count: task.actionWidth)
        func error(step: Int, _ cause: EnvironmentError.Cause) -> EnvironmentError {
            EnvironmentError(task: task.name, step: step, seed: step == 0 ? 0 : 9, cause: cause)
        }
        #expect(throws: error(step: 0, .notReset)) { try environment.step(good, into: &observation) }
        _ = try environment.reset(seed: 9)
        _ = try environment.step(good, into: &observation)
        #expect(throws: error(step: 1, .actionWidth(expected: good.count, found: good.count + 1))) {
            try environment.step(good + [0], into: &observation)
        }
        var bad = good
        let last = good.count - 1
        bad[last] = .nan
        #expect(throws: error(step: 1, .actionNotFinite(index: last))) { try environment.step(bad, into: &observation) }
        bad[last] = -.infinity
        #expect(throws: error(step: 1, .actionNotFinite(index: last))) { try environment.step(bad, into: &observation) }
        #expect(try environment.step(good, into: &observation).reward.isFinite)
    }

    @Test func tasksOfOneFamilyDifferInTheirRewards() throws {
        for domain in [Domain.cheetahVel, .antDir] {
            let tasks = TaskRegistry.standard.tasks(in: domain)
            let rewards = try tasks.map { task in
                try Self.play(Self.environments.make(task), seed: 0, steps: 3).last?.last
            }
            #expect(Set(rewards).count == tasks.count)
        }
    }

    @Test func threadsChangeNothing() throws {
        let tasks = [0, 13, 40, 41, 79].map { Self.tasks[$0] }
        let records = try [1, 4].map { threads in
            let batch = Self.environments.batch(slots: tasks.count, threads: threads)
            let requests = tasks.enumerated().map { ResetRequest(slot: $0, task: $1, seed: UInt64(11 + $0)) }
            var record = try batch.reset(requests)
            for step in 0..<50 {
                let steps = tasks.enumerated().map { slot, task in
                    StepRequest(slot: slot, action: Self.actions(for: task, count: step + 1, seed: 1)[step])
                }
                record += try batch.step(steps).map { $0.observation + [$0.outcome.reward] }
            }
            return record
        }
        #expect(records[0] == records[1])
    }
}
