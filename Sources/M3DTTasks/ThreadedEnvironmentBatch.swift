/// Makes the environment of a task. Called from the thread that resets a slot.
public typealias EnvironmentFactory = @Sendable (TaskSpecification) throws -> any Environment

/// A batch whose environments live in this process and step in threads.
///
/// An environment belongs to one slot, and a slot to one worker at a time, so environments need no locks of their own.
public final class ThreadedEnvironmentBatch: EnvironmentBatch {
    public let slotCount: Int
    private let factory: EnvironmentFactory
    private let team: WorkerTeam
    private var slots: [Slot]

    /// - Parameters:
    ///   - slots: Episodes that can be played at once.
    ///   - threads: Threads that share the slots; more than there are slots do not help.
    public init(slots: Int, threads: Int = WorkerTeam.processorCount, factory: @escaping EnvironmentFactory) {
        precondition(slots >= 1, "a batch needs at least one slot, not \(slots)")
        slotCount = slots
        self.factory = factory
        team = WorkerTeam(count: min(threads, slots))
        self.slots = (0..<slots).map { _ in Slot() }
    }

    /// The environment that plays in a slot, once it was reset; for looking at it between steps.
    public func environment(inSlot slot: Int) -> (any Environment)? { slots[slot].environment }

    /// Starts episodes; a slot keeps its environment as long as it plays the same task.
    ///
    /// - Throws: The factory's or the environment's error of the first request that failed.
    public func reset(_ requests: [ResetRequest]) throws -> [[Double]] {
        precondition(Set(requests.map(\.slot)).count == requests.count, "a slot can be reset only once at a time")
        return try team.map(requests.count) { index, _ in
            try slots[requests[index].slot].reset(requests[index], factory: factory)
        }
    }

    /// Advances episodes by one step.
    ///
    /// - Throws: The environment's error of the first request that failed.
    public func step(_ requests: [StepRequest]) throws -> [StepResult] {
        precondition(Set(requests.map(\.slot)).count == requests.count, "a slot can be stepped only once at a time")
        return try team.map(requests.count) { index, _ in
            try slots[requests[index].slot].step(requests[index].action)
        }
    }
}

/// A place where one episode is played.
private final class Slot {
    private(set) var environment: (any Environment)?
    private var observation: [Double] = []

    func reset(_ request: ResetRequest, factory: EnvironmentFactory) throws -> [Double] {
        var environment = try self.environment ?? factory(request.task)
        if environment.task != request.task { environment = try factory(request.task) }
        self.environment = environment
        observation = try environment.reset(seed: request.seed)
        return observation
    }

    func step(_ action: [Double]) throws -> StepResult {
        guard let environment else { preconditionFailure("a slot was stepped before its first reset") }
        let outcome = try environment.step(action, into: &observation)
        return StepResult(observation: observation, outcome: outcome)
    }
}
