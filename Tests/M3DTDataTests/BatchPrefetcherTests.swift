import Foundation
import Synchronization
import Testing

@testable import M3DTData

@Suite struct BatchPrefetcherTests {
    @Test(arguments: [1, 2, 4])
    func anyNumberOfWorkersGivesWhatTheSamplerGives(workers: Int) throws {
        let sampler = try Sampler.sample(["a", "b", "c"])
        let prefetcher = BatchPrefetcher(
            sampler, schedule: TaskSchedule(tasks: [0, 1, 2]), steps: 5..<35, workers: workers)
        for step in 5..<35 {
            #expect(prefetcher.next() == sampler.batch(step: step, task: step % 3))
        }
        #expect(prefetcher.next() == nil)
        #expect(prefetcher.next() == nil)
    }

    @Test func noMoreThanTheDepthIsMadeAhead() throws {
        let sampler = try Sampler.sample()
        let made = Mutex(0)
        let prefetcher = BatchPrefetcher(steps: 0..<1000, workers: 3, depth: 5) { step in
            made.withLock { $0 += 1 }
            return sampler.batch(step: step, task: 0)
        }
        for _ in 0..<10 { _ = prefetcher.next() }
        Thread.sleep(forTimeInterval: 0.05)
        #expect(made.withLock { $0 } == 15)
        prefetcher.close()
        #expect(made.withLock { $0 } == 15)
    }

    @Test func closingEndsTheWorkersAndTheBatches() throws {
        let sampler = try Sampler.sample()
        let token = Token()
        weak let leaked = token
        do {
            let prefetcher = BatchPrefetcher(steps: 0..<1000, workers: 4) { [token] step in
                withExtendedLifetime(token) { sampler.batch(step: step, task: 0) }
            }
            #expect(prefetcher.next() != nil)
            prefetcher.close()
            #expect(prefetcher.next() == nil)
            prefetcher.close()
        }
        _ = consume token
        // The threads give back their closures a moment after their work has ended.
        for _ in 0..<200 where leaked != nil { Thread.sleep(forTimeInterval: 0.01) }
        #expect(leaked == nil)
    }

    @Test func aForgottenPrefetcherEndsItsWorkers() throws {
        let sampler = try Sampler.sample()
        let running = Mutex(0)
        do {
            let prefetcher = BatchPrefetcher(steps: 0..<1000, workers: 2) { step in
                running.withLock { $0 += 1 }
                defer { running.withLock { $0 -= 1 } }
                Thread.sleep(forTimeInterval: 0.01)
                return sampler.batch(step: step, task: 0)
            }
            #expect(prefetcher.next() != nil)
        }
        #expect(running.withLock { $0 } == 0)
    }

    @Test func waitingIsMeasured() throws {
        let sampler = try Sampler.sample()
        let prefetcher = BatchPrefetcher(steps: 0..<3) { step in
            Thread.sleep(forTimeInterval: 0.02)
            return sampler.batch(step: step, task: 0)
        }
        #expect(prefetcher.waitingTime == .zero)
        while prefetcher.next() != nil {}
        #expect(prefetcher.waitingTime >= .milliseconds(55))
        #expect(prefetcher.waitingTime < .seconds(10))
    }
}

private final class Token: Sendable {}
