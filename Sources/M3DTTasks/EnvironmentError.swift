/// Why a simulated episode could not go on.
public struct EnvironmentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Cause: Sendable, Hashable {
        /// The action's width is not the task's.
        case actionWidth(expected: Int, found: Int)
        /// A number in the action is not finite.
        case actionNotFinite(index: Int)
        /// A number in the state is not finite.
        case stateNotFinite(what: String)
        /// The observation's width is not the task's.
        case observationWidth(expected: Int, found: Int)
        /// The process that plays the episode was lost, and so was the one that took over.
        case worker(String)
        /// The simulator reported a problem, in its own words.
        case simulator(String)
        /// `step` was called before `reset`.
        case notReset
    }

    public let task: String
    /// Control steps taken before the failure.
    public let step: Int
    public let seed: UInt64
    public let cause: Cause

    public init(task: String, step: Int, seed: UInt64, cause: Cause) {
        self.task = task
        self.step = step
        self.seed = seed
        self.cause = cause
    }

    public var description: String {
        "task \(task), step \(step), seed \(seed): " + explanation
    }

    private var explanation: String {
        switch cause {
        case .actionWidth(let expected, let found): "the action has \(found) numbers, the task takes \(expected)"
        case .actionNotFinite(let index): "number \(index) of the action is not finite"
        case .observationWidth(let expected, let found):
            "the environment gives an observation of \(found) numbers, the task has \(expected)"
        case .worker(let report): "the episode was tried twice, then given up: \(report)"
        case .stateNotFinite(let what): "\(what) is not finite; the physics has diverged"
        case .simulator(let message): "the simulator reports: \(message)"
        case .notReset: "an episode must be started with reset before step"
        }
    }
}
