import M3DTTasks
import M3DTWorker

/// A batch for tasks of all families: each slot is played in a thread of this process or in a worker, as its task needs.
///
/// Workers compute while the threads do, and are started only when a task needs one.
public final class MixedEnvironmentBatch: EnvironmentBatch {
    public let slotCount: Int
    /// What is simulated in this process.
    public let native: ThreadedEnvironmentBatch
    private let workers: WorkerEnvironmentBatch
    private let isNative: (TaskSpecification) -> Bool
    /// Whether the slot's present task is simulated in this process.
    private var nativeSlots: [Bool]

    public init(
        native: ThreadedEnvironmentBatch, workers: WorkerEnvironmentBatch,
        isNative: @escaping (TaskSpecification) -> Bool = NativeEnvironments.simulates
    ) {
        precondition(native.slotCount == workers.slotCount, "both parts need the same slots")
        slotCount = native.slotCount
        self.native = native
        self.workers = workers
        self.isNative = isNative
        nativeSlots = Array(repeating: true, count: native.slotCount)
    }

    /// A batch for all tasks of the registry.
    ///
    /// - Parameter describe: Says which environment a task is that is played in a worker.
    public convenience init(
        slots: Int, describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) {
        self.init(
            native: NativeEnvironments().batch(slots: slots),
            workers: WorkerEnvironmentBatch(slots: slots, describe: describe))
    }

    /// Starts episodes.
    ///
    /// - Throws: ``EnvironmentError``, ``SimulationError``, `WorkerError`.
    public func reset(_ requests: [ResetRequest]) throws -> [[Double]] {
        for request in requests {
            nativeSlots[request.slot] = isNative(request.task)
            if nativeSlots[request.slot] { workers.leave(slot: request.slot) }
        }
        let (own, others) = split(requests, slot: \.slot)
        let observations = try (native.reset(own.map(\.element)), workers.reset(others.map(\.element)))
        return merge(own, observations.0, others, observations.1)
    }

    /// Advances episodes by one step.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    public func step(_ requests: [StepRequest]) throws -> [StepResult] {
        let (own, others) = split(requests, slot: \.slot)
        let underWay = try workers.sendSteps(others.map(\.element))
        let results = try native.step(own.map(\.element))
        return merge(own, results, others, try workers.receive(underWay))
    }

    /// What the workers that took part said that they have.
    public var workerVersions: Set<WorkerConnection.Versions> { workers.versions }

    private typealias Placed<Element> = [EnumeratedSequence<[Element]>.Element]

    private func split<Request>(
        _ requests: [Request], slot: (Request) -> Int
    ) -> (own: Placed<Request>, others: Placed<Request>) {
        let placed = Array(requests.enumerated())
        return (placed.filter { nativeSlots[slot($0.element)] }, placed.filter { !nativeSlots[slot($0.element)] })
    }

    private func merge<Request, Answer>(
        _ own: Placed<Request>, _ ownAnswers: [Answer], _ others: Placed<Request>, _ otherAnswers: [Answer]
    ) -> [Answer] {
        let all = Array(zip(own.map(\.offset), ownAnswers)) + Array(zip(others.map(\.offset), otherAnswers))
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
