import M3DTData
import M3DTTasks
import Synchronization

@testable import M3DTTraining

/// Passes batches on and remembers which were asked for.
final class WatchedSource: BatchSource {
    private let sampler: Sampler
    private let log = Mutex<[(step: Int, tasks: [Int])]>([])

    init(_ sampler: Sampler, recorded: String? = nil) {
        (self.sampler, self.recorded) = (sampler, recorded)
    }

    var tasks: [TaskSpecification] { sampler.tasks }
    var shape: BatchShape { sampler.shape }
    var longestEpisode: Int { sampler.longestEpisode }
    var drawn: [(step: Int, tasks: [Int])] { log.withLock { $0 } }

    /// What a store would have recorded of each task's data; nothing for data in memory.
    let recorded: String?
    private let readings = Mutex(0)
    /// How often all the data of a task was read for its checksum.
    var checksumsRead: Int { readings.withLock { $0 } }

    func checksum(of task: Int) -> String {
        readings.withLock { $0 += 1 }
        return sampler.checksum(of: task)
    }

    func recordedChecksum(of task: Int) -> String? { recorded }

    func batch(step: Int, tasks: [Int]) -> Batch {
        log.withLock { $0.append((step, tasks)) }
        return sampler.batch(step: step, tasks: tasks)
    }
}
