import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct ChecksumTests {
    private func checksum(_ change: (inout [Trajectory]) -> Void = { _ in }) throws -> String {
        var episodes = [Trajectory].sample()
        change(&episodes)
        let tasks = [try TaskTrajectories(.sample(), episodes)]
        return try Sampler(tasks, options: .sample(), stateWidth: 5, actionWidth: 3, seed: 1).checksum(of: 0)
    }

    @Test func everyRecordedNumberCounts() throws {
        let plain = try checksum()
        #expect(try checksum() == plain)
        #expect(try checksum { $0[1].observations[4] += 1e-3 } != plain)
        #expect(try checksum { $0[1].actions[4] += 1e-3 } != plain)
        #expect(try checksum { $0[1].rewards[4] += 1e-3 } != plain)
        #expect(try checksum { $0[1].successes[4].toggle() } != plain)
        #expect(try checksum { $0[1].terminated.toggle() } != plain)
        #expect(try checksum { $0.removeLast() } != plain)
        #expect(try checksum { $0.swapAt(0, 1) } != plain)
    }
}
