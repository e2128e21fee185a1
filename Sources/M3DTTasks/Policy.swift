/// Anything that chooses actions for many episodes at once.
///
/// A policy serves a fixed number of slots. Each slot plays one episode at a time; episodes in different slots may belong to
/// different tasks and may be at different steps.
public protocol Policy: AnyObject {
    /// Starts an episode in a slot and forgets the one before it.
    ///
    /// - Throws: Where the policy does not know the task.
    func begin(slot: Int, task: TaskSpecification, seed: UInt64) throws

    /// Chooses one action for each of the given requests.
    ///
    /// - Returns: One action for each request, of its task's action width.
    /// - Throws: Where the policy cannot compute an action.
    func act(_ requests: [ActionRequest]) throws -> [[Double]]
}

/// What a policy learns before it chooses an action.
public struct ActionRequest: Sendable {
    public let slot: Int
    public let observation: [Double]
    /// The reward of the step before; 0 at the first.
    public let reward: Double

    public init(slot: Int, observation: [Double], reward: Double) {
        self.slot = slot
        self.observation = observation
        self.reward = reward
    }
}
