import M3DTRandom
import M3DTTasks

/// A small world without a simulator: a damped point that an action pushes, with noise at the start alone.
final class ScriptedEnvironment: Environment {
    let task: TaskSpecification
    private var state: [Double] = []
    private var steps = 0
    private var lastStep = 0

    init(_ task: TaskSpecification) {
        self.task = task
    }

    /// Three of eight episodes end early, so that slots get out of step.
    func reset(seed: UInt64) -> [Double] {
        var random = RandomStream(seed: seed)
        state = (0..<task.observationWidth).map { _ in random.normal() }
        steps = 0
        lastStep = random.index(below: 8) < 3 ? 2 + random.index(below: 4) : .max
        return state
    }

    func step(_ action: [Double], into observation: inout [Double]) throws -> StepOutcome {
        guard action.count == task.actionWidth else {
            throw EnvironmentError(
                task: task.name, step: steps, seed: 0,
                cause: .actionWidth(expected: task.actionWidth, found: action.count))
        }
        for index in state.indices { state[index] = 0.7 * state[index] + 0.5 * action[index % action.count] }
        steps += 1
        observation = state
        let distance = abs(state[0] - (task.goal ?? 0))
        return StepOutcome(reward: 1 - distance, terminated: steps == lastStep, succeeded: distance < 0.2)
    }

    static func batch(slots: Int, threads: Int = 1) -> ThreadedEnvironmentBatch {
        ThreadedEnvironmentBatch(slots: slots, threads: threads) { ScriptedEnvironment($0) }
    }
}

/// A policy that goes straight for the goal, and counts how full its batches are.
final class CountingPolicy: Policy {
    private var tasks: [Int: TaskSpecification] = [:]
    private(set) var batches: [Int] = []
    private(set) var seeds: Set<UInt64> = []

    func begin(slot: Int, task: TaskSpecification, seed: UInt64) {
        tasks[slot] = task
        seeds.insert(seed)
    }

    func act(_ requests: [ActionRequest]) -> [[Double]] {
        batches.append(requests.count)
        return requests.map { request in
            let task = tasks[request.slot]!
            let wanted = 2 * ((task.goal ?? 0) - 0.7 * request.observation[0])
            return [Double](repeating: min(max(wanted, -1), 1), count: task.actionWidth)
        }
    }
}
