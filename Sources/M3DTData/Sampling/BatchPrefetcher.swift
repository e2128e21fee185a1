import Foundation

/// Makes the batches of coming steps in threads of its own, while the current one is trained on.
///
/// Batches come out in the order of their steps and are those that the closure makes, however many workers there are.
/// One thread takes them; the workers end when the last step is made, at ``close()``, or with the prefetcher.
public final class BatchPrefetcher {
    private let queue: BatchQueue
    private let clock = ContinuousClock()

    /// The total time that ``next()`` has waited for a batch.
    public private(set) var waitingTime = Duration.zero

    /// Starts the workers.
    ///
    /// - Parameters:
    ///   - steps: The steps to make batches for.
    ///   - workers: Default: 1; a batch takes far less time than a training step.
    ///   - depth: The most batches that are made ahead. Default: 4.
    ///   - make: Makes the batch of a step; called by several threads at once.
    /// - Precondition: At least one worker and a depth of at least one.
    public init(
        steps: Range<Int>, workers: Int = 1, depth: Int = 4, make: @escaping @Sendable (_ step: Int) -> Batch
    ) {
        precondition(workers > 0 && depth > 0, "a prefetcher needs a worker and room for a batch")
        queue = BatchQueue(steps: steps, depth: depth, workers: workers)
        for _ in 0..<workers {
            let thread = Thread { [queue] in queue.work(make) }
            thread.name = "batch prefetcher"
            thread.start()
        }
    }

    /// Starts workers that draw from a sampler by a schedule.
    public convenience init(
        _ sampler: Sampler, schedule: TaskSchedule, steps: Range<Int>, workers: Int = 1, depth: Int = 4
    ) {
        self.init(steps: steps, workers: workers, depth: depth) { step in
            sampler.batch(step: step, tasks: schedule.rowTasks(step: step, rows: sampler.shape.rows))
        }
    }

    deinit { close() }

    /// The batch of the next step, waiting for it if need be; `nil` after the last one or after ``close()``.
    public func next() -> Batch? {
        let start = clock.now
        defer { waitingTime += clock.now - start }
        return queue.take()
    }

    /// Stops the workers and returns when all have ended.
    public func close() {
        queue.close()
    }
}

/// What the workers and the taker of a ``BatchPrefetcher`` share.
// Sendable: every access to the stored properties is between `lock` and `unlock` of the condition.
private final class BatchQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private let depth: Int
    private let end: Int
    private var nextToMake: Int
    private var nextToTake: Int
    private var ready: [Int: Batch] = [:]
    private var isClosed = false
    private var workers: Int

    init(steps: Range<Int>, depth: Int, workers: Int) {
        self.depth = depth
        self.workers = workers
        end = steps.upperBound
        nextToMake = steps.lowerBound
        nextToTake = steps.lowerBound
    }

    /// What each worker does until no step is left.
    func work(_ make: (Int) -> Batch) {
        while let step = claim() {
            let batch = make(step)
            condition.withLock {
                ready[step] = batch
                condition.broadcast()
            }
        }
        condition.withLock {
            workers -= 1
            condition.broadcast()
        }
    }

    func take() -> Batch? {
        condition.withLock {
            guard nextToTake < end else { return nil }
            while !isClosed, ready[nextToTake] == nil { condition.wait() }
            guard !isClosed, let batch = ready.removeValue(forKey: nextToTake) else { return nil }
            nextToTake += 1
            condition.broadcast()
            return batch
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            ready = [:]
            condition.broadcast()
            while workers > 0 { condition.wait() }
        }
    }

    /// Waits until there is room for another batch and gives its step; `nil` when there is nothing more to do.
    private func claim() -> Int? {
        condition.withLock {
            while !isClosed, nextToMake < end, nextToMake >= nextToTake + depth { condition.wait() }
            guard !isClosed, nextToMake < end else { return nil }
            defer { nextToMake += 1 }
            return nextToMake
        }
    }
}
