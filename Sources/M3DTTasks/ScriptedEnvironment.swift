import M3DTRandom

/// An environment without physics: it follows a script, for tests and for trying things out.
///
/// An observation holds the number of steps taken, then a number in 0 ..< 1 drawn with the seed, then the last action (0 at
/// the start), cut off or repeated to the task's width. A step's reward is the next of the script's.
public final class ScriptedEnvironment: Environment {
    /// What happens in an episode.
    public struct Script: Sendable {
        /// Rewards of the steps, over and over.
        public var rewards: [Double] = [1]
        /// The step, counted from 1, at which the task ends the episode.
        public var terminatesAt: Int?
        /// The step, counted from 1, at which the goal is reached.
        public var succeedsAt: Int?
        /// The step, counted from 1, that fails with an error.
        public var failsAt: Int?

        public init() {}
    }

    public let task: TaskSpecification
    private let script: Script
    private var seed: UInt64 = 0
    private var stepsTaken: Int?

    public init(task: TaskSpecification, script: Script = Script()) {
        precondition(!script.rewards.isEmpty, "a script needs at least one reward")
        self.task = task
        self.script = script
    }

    /// Starts an episode.
    public func reset(seed: UInt64) -> [Double] {
        self.seed = seed
        stepsTaken = 0
        return observation(step: 0, action: [Double](repeating: 0, count: task.actionWidth))
    }

    /// Follows the script for one step.
    ///
    /// - Throws: ``EnvironmentError`` where the action is unusable or the script says so.
    public func step(_ action: [Double], into observation: inout [Double]) throws -> StepOutcome {
        guard let taken = stepsTaken else { throw failure(step: 0, .notReset) }
        guard action.count == task.actionWidth else {
            throw failure(step: taken, .actionWidth(expected: task.actionWidth, found: action.count))
        }
        if let index = action.firstIndex(where: { !$0.isFinite }) {
            throw failure(step: taken, .actionNotFinite(index: index))
        }
        let step = taken + 1
        if script.failsAt == step { throw failure(step: taken, .simulator("the script says so")) }
        stepsTaken = step
        observation = self.observation(step: step, action: action)
        return StepOutcome(
            reward: script.rewards[taken % script.rewards.count], terminated: script.terminatesAt == step,
            succeeded: script.succeedsAt == step)
    }

    private func observation(step: Int, action: [Double]) -> [Double] {
        var random = RandomStream(seed: seed)
        let parts = [Double(step), random.uniform()] + action
        return (0..<task.observationWidth).map { parts[$0 % parts.count] }
    }

    private func failure(step: Int, _ cause: EnvironmentError.Cause) -> EnvironmentError {
        EnvironmentError(task: task.name, step: step, seed: seed, cause: cause)
    }
}
