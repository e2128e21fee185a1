import Testing

@testable import M3DTTasks

@Suite struct EpisodeRunnerTests {
    static let tasks = (0..<3).map {
        TaskSpecification.sample(name: "task-\($0)", observationWidth: 4, episodeSteps: 3 + 2 * $0)
    }
    static let requests = (0..<10).map {
        EpisodeRequest(task: tasks[$0 % 3], seed: UInt64($0), source: "source-\($0)")
    }

    static func runner(slots: Int, threads: Int = 1, policy: any Policy = RandomPolicy()) -> EpisodeRunner {
        let batch = ThreadedEnvironmentBatchTests.batch(slots: slots, threads: threads) { $0.succeedsAt = 4 }
        return EpisodeRunner(batch: batch, policy: policy)
    }

    @Test func recordsWhatHappens() throws {
        let trajectories = try Self.runner(slots: 1, policy: ConstantPolicy(value: 0.5)).run([Self.requests[1]])
        let trajectory = try #require(trajectories.first)
        #expect(trajectory.task == "task-1")
        #expect((trajectory.source, trajectory.seed) == ("source-1", 1))
        #expect(trajectory.rewards == [1, 2, 3, 1, 2])
        #expect(trajectory.totalReturn == 9)
        #expect(trajectory.actions == [Float](repeating: 0.5, count: 10))
        #expect(trajectory.successes == [false, false, false, true, false])
        #expect(!trajectory.terminated)
        let first = stride(from: 0, to: trajectory.observations.count, by: 4).map { trajectory.observations[$0] }
        #expect(first == [0, 1, 2, 3, 4])
        #expect(trajectory.observations[2] == 0)
        #expect(trajectory.observations[6] == 0.5)
    }

    @Test func terminationEndsAnEpisodeEarly() throws {
        let batch = ThreadedEnvironmentBatchTests.batch(slots: 2, threads: 1) { $0.terminatesAt = 2 }
        let trajectories = try EpisodeRunner(batch: batch, policy: RandomPolicy()).run(Self.requests)
        #expect(trajectories.allSatisfy { $0.terminated && $0.steps == 2 })
    }

    @Test(arguments: [(1, 1), (3, 1), (3, 2), (10, 4), (32, 3)])
    func slotsAndThreadsChangeNothing(slots: Int, threads: Int) throws {
        let expected = try Self.runner(slots: 1).run(Self.requests)
        #expect(expected.map(\.steps) == Self.requests.map(\.task.episodeSteps))
        #expect(try Self.runner(slots: slots, threads: threads).run(Self.requests) == expected)
    }

    @Test func deliversInTheOrderOfTheList() throws {
        var order: [Int] = []
        try Self.runner(slots: 4).run(Self.requests) { index, trajectory in
            order.append(index)
            #expect(trajectory.source == "source-\(index)")
        }
        #expect(order == Array(0..<10))
    }

    @Test func slotsStayBusy() throws {
        let runner = Self.runner(slots: 3)
        var steps: [EpisodeStep] = []
        runner.observer = { steps.append($0) }
        _ = try runner.run(Self.requests)
        #expect(steps.count == Self.requests.map(\.task.episodeSteps).reduce(0, +))
        #expect(steps.filter(\.isLast).map(\.episode).sorted() == Array(0..<10))
        #expect(Set(steps.map(\.slot)) == [0, 1, 2])
        // The first slot plays episode 0 (3 steps); episode 3 is the next in the list.
        #expect(steps.first { $0.episode == 3 }?.slot == 0)
        #expect(steps.filter { $0.episode == 1 }.map(\.step) == [1, 2, 3, 4, 5])
    }

    @Test func anEmptyListIsDoneAtOnce() throws {
        #expect(try Self.runner(slots: 2).run([]).isEmpty)
    }

    @Test func playedActionsAreTheRecordedOnes() throws {
        final class Thirds: Policy {
            func begin(slot: Int, task: TaskSpecification, seed: UInt64) {}
            func act(_ requests: [ActionRequest]) -> [[Double]] { requests.map { _ in [1 / 3, 2 / 3] } }
        }
        let trajectory = try Self.runner(slots: 1, policy: Thirds()).run([Self.requests[0]])[0]
        let batch = ThreadedEnvironmentBatchTests.batch(slots: 1, threads: 1)
        _ = try batch.reset([ResetRequest(slot: 0, task: Self.tasks[0], seed: 0)])
        let replayed = try batch.step([StepRequest(slot: 0, action: trajectory.actions.prefix(2).map { Double($0) })])
        #expect(replayed[0].observation.map { Float($0) } == Array(trajectory.observations[4..<8]))
        #expect(replayed[0].observation[2] == Double(Float(1.0 / 3)))
    }

    @Test func thePolicySeesTheLastReward() throws {
        final class Listener: Policy {
            var rewards: [Double] = []
            func begin(slot: Int, task: TaskSpecification, seed: UInt64) {}
            func act(_ requests: [ActionRequest]) -> [[Double]] {
                rewards += requests.map(\.reward)
                return requests.map { _ in [0, 0] }
            }
        }
        let listener = Listener()
        _ = try Self.runner(slots: 1, policy: listener).run(Array(Self.requests.prefix(2)))
        #expect(listener.rewards == [0, 1, 2, 0, 1, 2, 3, 1])
    }

    @Test func errorsOfAnyoneStopTheRun() throws {
        struct Stop: Error {}
        let failing = ThreadedEnvironmentBatchTests.batch(slots: 2, threads: 1) { $0.failsAt = 3 }
        #expect(throws: EnvironmentError.self) {
            try EpisodeRunner(batch: failing, policy: RandomPolicy()).run(Self.requests)
        }
        #expect(throws: EnvironmentError.self) {
            try Self.runner(slots: 2, policy: ConstantPolicy(value: .nan)).run(Self.requests)
        }
        #expect(throws: Stop.self) { try Self.runner(slots: 2).run(Self.requests) { _, _ in throw Stop() } }
        let runner = Self.runner(slots: 2)
        runner.observer = { if $0.step == 2 { throw Stop() } }
        #expect(throws: Stop.self) { try runner.run(Self.requests) }
    }
}
