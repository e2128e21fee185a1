import Foundation
import M3DTStorage

extension Sampler {
    /// The CRC-32 checksum of all that is recorded of a task; reads all of its data.
    public func checksum(of task: Int) -> String {
        sources[task].trajectories.checksum
    }

    /// The checksum that a store recorded of a task's file when it was made; nothing for data in memory.
    public func recordedChecksum(of task: Int) -> String? {
        sources[task].trajectories.recordedChecksum
    }
}

extension TaskTrajectories {
    /// The same for the same episodes in memory and in a file.
    fileprivate var checksum: String {
        let columns = [
            observations.checksum, actions.checksum, rewards.checksum, successes.checksum, offsets.checksum,
            terminated.checksum, roles.checksum,
        ]
        return Checksum.crc32(of: Data(columns.joined(separator: " ").utf8))
    }
}

extension Column {
    fileprivate var checksum: String {
        withElements { Checksum.crc32(of: $0.bytes) }
    }
}
