/// Asks a slot of an ``EnvironmentBatch`` to start an episode.
public struct ResetRequest: Sendable {
    public let slot: Int
    public let task: TaskSpecification
    public let seed: UInt64

    public init(slot: Int, task: TaskSpecification, seed: UInt64) {
        self.slot = slot
        self.task = task
        self.seed = seed
    }
}

/// Asks a slot of an ``EnvironmentBatch`` to advance by one control step.
public struct StepRequest: Sendable {
    public let slot: Int
    public let action: [Double]

    public init(slot: Int, action: [Double]) {
        self.slot = slot
        self.action = action
    }
}

/// What a slot answered to a ``StepRequest``.
public struct StepResult: Sendable {
    public let observation: [Double]
    public let outcome: StepOutcome

    public init(observation: [Double], outcome: StepOutcome) {
        self.observation = observation
        self.outcome = outcome
    }
}

/// Several environments that step at once, in threads or in other processes.
///
/// A slot plays one episode at a time and may change its task at every reset. How many slots step at once never changes
/// what a slot computes: one slot or many, one thread or several give the same bits.
public protocol EnvironmentBatch: AnyObject {
    /// The number of slots.
    var slotCount: Int { get }

    /// Starts episodes; the answers are in the order of the requests.
    ///
    /// - Throws: ``EnvironmentError`` where a simulation fails.
    func reset(_ requests: [ResetRequest]) throws -> [[Double]]

    /// Advances episodes by one step; the answers are in the order of the requests.
    ///
    /// - Throws: ``EnvironmentError`` where a simulation fails.
    func step(_ requests: [StepRequest]) throws -> [StepResult]
}
