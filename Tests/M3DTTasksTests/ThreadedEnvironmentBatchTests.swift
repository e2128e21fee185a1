import M3DTRandom
import Testing

@testable import M3DTTasks

@Suite struct ThreadedEnvironmentBatchTests {
    static func batch(
        slots: Int, threads: Int, _ change: @Sendable @escaping (inout ScriptedEnvironment.Script) -> Void = { _ in }
    )
        -> ThreadedEnvironmentBatch
    {
        ThreadedEnvironmentBatch(slots: slots, threads: threads) { task in
            var script = ScriptedEnvironment.Script()
            script.rewards = [1, 2, 3]
            change(&script)
            return ScriptedEnvironment(task: task, script: script)
        }
    }

    static let tasks = (0..<6).map { TaskSpecification.sample(name: "task-\($0)", observationWidth: 4 + $0) }

    /// All numbers that a batch gives in some steps.
    static func record(threads: Int) throws -> [[Double]] {
        let batch = batch(slots: tasks.count, threads: threads)
        var record = try batch.reset(
            tasks.enumerated().map { ResetRequest(slot: $0, task: $1, seed: UInt64($0)) })
        var random = RandomStream(seed: 3)
        for _ in 0..<5 {
            let requests = tasks.indices.map {
                StepRequest(slot: $0, action: [random.uniform(), random.uniform()])
            }
            record += try batch.step(requests).map { $0.observation + [$0.outcome.reward] }
        }
        return record
    }

    @Test(arguments: [2, 3, 16]) func threadsChangeNothing(threads: Int) throws {
        #expect(try Self.record(threads: threads) == Self.record(threads: 1))
    }

    @Test func answersAreInTheOrderOfTheRequests() throws {
        let batch = Self.batch(slots: 3, threads: 2)
        _ = try batch.reset((0..<3).map { ResetRequest(slot: $0, task: .sample(observationWidth: 4), seed: 0) })
        let answers = try batch.step([2, 0].map { StepRequest(slot: $0, action: [Double($0), 9]) })
        #expect(answers.map { $0.observation[2] } == [2, 0])
    }

    @Test func aSlotKeepsItsEnvironmentWhileItsTaskStays() throws {
        let batch = Self.batch(slots: 1, threads: 1)
        #expect(batch.environment(inSlot: 0) == nil)
        _ = try batch.reset([ResetRequest(slot: 0, task: .sample(name: "first"), seed: 0)])
        let first = batch.environment(inSlot: 0)
        _ = try batch.reset([ResetRequest(slot: 0, task: .sample(name: "first"), seed: 1)])
        #expect(batch.environment(inSlot: 0) === first)
        _ = try batch.reset([ResetRequest(slot: 0, task: .sample(name: "second"), seed: 1)])
        #expect(batch.environment(inSlot: 0) !== first)
        #expect(batch.environment(inSlot: 0)?.task.name == "second")
    }

    @Test(arguments: [1, 4]) func anErrorNamesTaskStepAndSeed(threads: Int) throws {
        let batch = Self.batch(slots: 3, threads: threads) { $0.failsAt = 2 }
        let task = TaskSpecification.sample(name: "fragile")
        _ = try batch.reset((0..<3).map { ResetRequest(slot: $0, task: task, seed: UInt64(40 + $0)) })
        let requests = (0..<3).map { StepRequest(slot: $0, action: [0, 0]) }
        _ = try batch.step(requests)
        let expected = EnvironmentError(
            task: "fragile", step: 1, seed: 40, cause: .simulator("the script says so"))
        #expect(throws: expected) { try batch.step(requests) }
        #expect(expected.description == "task fragile, step 1, seed 40: the simulator reports: the script says so")
    }

    @Test func theFactorysErrorComesThrough() {
        let batch = ThreadedEnvironmentBatch(slots: 1, threads: 1) { throw TaskError.duplicate(name: $0.name) }
        #expect(throws: TaskError.duplicate(name: "sample")) {
            try batch.reset([ResetRequest(slot: 0, task: .sample(), seed: 0)])
        }
    }
}
