/// What one control step gave.
public struct StepOutcome: Sendable, Hashable {
    public var reward: Double
    /// The task itself ended the episode (a fall, say); what comes after is worth nothing.
    public var terminated: Bool
    /// The environment ended the episode for another reason, such as a time limit of its own.
    public var truncated: Bool
    /// The goal is reached at this step. Tasks without a notion of success always say `false`.
    public var succeeded: Bool

    public init(reward: Double, terminated: Bool = false, truncated: Bool = false, succeeded: Bool = false) {
        self.reward = reward
        self.terminated = terminated
        self.truncated = truncated
        self.succeeded = succeeded
    }
}

extension StepOutcome {
    /// The environment takes no further step in this episode.
    public var isLast: Bool { terminated || truncated }
}

/// One simulated task.
///
/// An environment belongs to one thread at a time. Neither call keeps the buffers it is handed, and an observation that was
/// returned never changes afterwards. The time limit (``TaskSpecification/episodeSteps``) is the caller's to keep.
public protocol Environment: AnyObject {
    var task: TaskSpecification { get }

    /// Starts an episode. The same seed gives the same episode for the same actions, bit for bit.
    ///
    /// - Returns: The first observation, ``TaskSpecification/observationWidth`` numbers.
    /// - Throws: ``EnvironmentError`` where the simulator fails.
    func reset(seed: UInt64) throws -> [Double]

    /// Advances by one control step and writes the next observation into `observation`.
    ///
    /// - Parameters:
    ///   - action: ``TaskSpecification/actionWidth`` numbers.
    ///   - observation: ``TaskSpecification/observationWidth`` numbers, overwritten.
    /// - Throws: ``EnvironmentError`` where the simulator warns or a state is not finite.
    func step(_ action: [Double], into observation: inout [Double]) throws -> StepOutcome
}
