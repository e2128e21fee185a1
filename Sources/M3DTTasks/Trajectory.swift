/// One recorded episode of T steps.
///
/// Shapes: S is the task's observation width, A its action width; arrays are row-major.
public struct Trajectory: Sendable, Hashable {
    public let task: String
    /// T x S: the observation before each action.
    public var observations: [Float]
    /// T x A.
    public var actions: [Float]
    /// T.
    public var rewards: [Float]
    /// T: whether the goal was reached at the step.
    public var successes: [Bool]
    /// The task ended the episode itself, as opposed to the time limit.
    public var terminated: Bool
    /// Who acted, such as `ars:best`.
    public var source: String
    /// The seed that the environment was reset with, where it is known.
    public var seed: UInt64?

    public init(
        task: String, observations: [Float] = [], actions: [Float] = [], rewards: [Float] = [], successes: [Bool] = [],
        terminated: Bool = false, source: String, seed: UInt64? = nil
    ) {
        self.task = task
        self.observations = observations
        self.actions = actions
        self.rewards = rewards
        self.successes = successes
        self.terminated = terminated
        self.source = source
        self.seed = seed
    }

    /// The number of steps T.
    public var steps: Int { rewards.count }

    /// The undiscounted sum of rewards, in double precision.
    public var totalReturn: Double { rewards.reduce(0) { $0 + Double($1) } }

    /// The goal was reached at any step.
    public var succeeded: Bool { successes.contains(true) }
}
