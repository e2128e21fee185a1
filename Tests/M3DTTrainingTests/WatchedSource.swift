import M3DTData
import M3DTTasks
import Synchronization

@testable import M3DTTraining

/// Passes batches on and remembers which were asked for.
final class WatchedSource: BatchSource {
    private let sampler: Sampler
    private let log = Mutex<[(step: Int, tasks: [Int])]>([])

    init(_ sampler: Sampler) {
        self.sampler = sampler
    }

    var tasks: [TaskSpecification] { sampler.tasks }
    var shape: BatchShape { sampler.shape }
    var longestEpisode: Int { sampler.longestEpisode }
    var drawn: [(step: Int, tasks: [Int])] { log.withLock { $0 } }

    func checksum(of task: Int) -> String { sampler.checksum(of: task) }

    func batch(step: Int, tasks: [Int]) -> Batch {
        log.withLock { $0.append((step, tasks)) }
        return sampler.batch(step: step, tasks: tasks)
    }
}
