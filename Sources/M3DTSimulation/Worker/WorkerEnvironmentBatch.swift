import M3DTTasks
import M3DTWorker

/// A batch whose environments live in Python, in processes of their own.
///
/// Slots are dealt out to the workers in turn; a worker is started when its first episode is. Tasks that need another Python
/// have workers of their own. How many workers there are changes nothing but the time.
public final class WorkerEnvironmentBatch: EnvironmentBatch {
    public let slotCount: Int
    /// Workers for each kind of Python.
    public let workerCount: Int
    private let limits: WorkerLimits
    private let describe: (TaskSpecification) throws -> PythonEnvironment
    private var workers: [Key: EnvironmentWorker] = [:]
    /// Who plays in each slot.
    private var seats: [Key?]

    private struct Key: Hashable {
        let launch: WorkerLaunch
        let number: Int
    }

    /// A worker's share of some requests, and where they are in the whole.
    fileprivate struct Share<Request> {
        let worker: EnvironmentWorker
        var requests: [Request] = []
        var positions: [Int] = []
    }

    /// - Parameters:
    ///   - slots: Episodes that can be played at once.
    ///   - workers: Processes that share the slots; more than there are slots do not help.
    ///   - describe: Says which environment a task is.
    public init(
        slots: Int, workers: Int = WorkerTeam.processorCount, limits: WorkerLimits = WorkerLimits(),
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) {
        precondition(slots >= 1 && workers >= 1, "a batch needs slots and workers, not \(slots) and \(workers)")
        slotCount = slots
        workerCount = min(workers, slots)
        self.limits = limits
        self.describe = describe
        seats = Array(repeating: nil, count: slots)
    }

    /// Starts episodes; a slot keeps its environment as long as it plays the same task.
    ///
    /// - Throws: ``EnvironmentError``, ``SimulationError`` where a task is of no library, `WorkerError` where no worker can be started.
    public func reset(_ requests: [ResetRequest]) throws -> [[Double]] {
        try finish(sendResets(requests), count: requests.count) { try $0.receiveResets($1) }
    }

    /// Advances episodes by one step.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    public func step(_ requests: [StepRequest]) throws -> [StepResult] { try receive(sendSteps(requests)) }

    /// Steps that were sent to the workers, who are busy with them.
    struct StepsUnderWay {
        fileprivate let shares: [Share<StepRequest>]
        fileprivate let count: Int
    }

    /// Sends requests to step, without waiting for their results.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    func sendSteps(_ requests: [StepRequest]) throws -> StepsUnderWay {
        precondition(Set(requests.map(\.slot)).count == requests.count, "a slot can be stepped only once at a time")
        let shares = shared(requests) { request in
            guard let key = seats[request.slot] else {
                preconditionFailure("a slot was stepped before its first reset")
            }
            return key
        }
        for share in shares { try share.worker.sendSteps(share.requests) }
        return StepsUnderWay(shares: shares, count: requests.count)
    }

    /// Waits for the results of steps.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError`.
    func receive(_ steps: StepsUnderWay) throws -> [StepResult] {
        try finish(steps.shares, count: steps.count) { try $0.receiveSteps($1) }
    }

    /// What the workers said that they have.
    public var versions: Set<WorkerConnection.Versions> { Set(workers.values.compactMap(\.versions)) }

    /// Forgets the episode of a slot.
    func leave(slot: Int) {
        if let key = seats[slot] { workers[key]?.leave(slot) }
        seats[slot] = nil
    }

    private func sendResets(_ requests: [ResetRequest]) throws -> [Share<ResetRequest>] {
        precondition(Set(requests.map(\.slot)).count == requests.count, "a slot can be reset only once at a time")
        let shares = try shared(requests) { request in
            let key = Key(launch: try describe(request.task).launch, number: request.slot % workerCount)
            if seats[request.slot] != key { leave(slot: request.slot) }
            seats[request.slot] = key
            return key
        }
        for share in shares { try share.worker.sendResets(share.requests) }
        return shares
    }

    private func shared<Request>(_ requests: [Request], _ key: (Request) throws -> Key) rethrows -> [Share<Request>] {
        var shares: [Share<Request>] = []
        var places: [Key: Int] = [:]
        for (position, request) in requests.enumerated() {
            let key = try key(request)
            if places[key] == nil {
                places[key] = shares.count
                shares.append(Share(worker: worker(key)))
            }
            shares[places[key]!].requests.append(request)
            shares[places[key]!].positions.append(position)
        }
        return shares
    }

    private func worker(_ key: Key) -> EnvironmentWorker {
        if let known = workers[key] { return known }
        let worker = EnvironmentWorker(launch: key.launch, limits: limits, describe: describe)
        workers[key] = worker
        return worker
    }

    private func finish<Request, Answer>(
        _ shares: [Share<Request>], count: Int, _ receive: (EnvironmentWorker, [Request]) throws -> [Answer]
    ) throws -> [Answer] {
        var answers = [Answer?](repeating: nil, count: count)
        for share in shares {
            for (position, answer) in zip(share.positions, try receive(share.worker, share.requests)) {
                answers[position] = answer
            }
        }
        return answers.map { $0! }
    }
}
