import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct TrajectoryStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func episodesComeBackAsTheyWereRecorded() throws {
        let store = try TrajectoryStore.sample(["b", "a"], in: folder.url)
        #expect(store.tasks == [.sample("a"), .sample("b")])
        #expect(try folder.contents == ["a.safetensors", "b.safetensors", "manifest.json"])
        let stored = try store.trajectories("b")
        let recorded = [Trajectory].sample(task: .sample("b"))
        #expect(stored.episodeCount == recorded.count)
        #expect(stored.stepCount == 43)
        for (episode, trajectory) in recorded.enumerated() {
            #expect(stored.trajectory(episode) == trajectory)
            #expect(stored.totalReturn(of: episode) == Float(trajectory.totalReturn))
            #expect(stored.succeeded(episode) == trajectory.succeeded)
        }
        #expect(stored.episodes(.prompt) == [3, 5])
        #expect(stored.episodes(.training) == [0, 1, 2, 4])
    }

    @Test func columnsAreWhatTheFormatSays() throws {
        _ = try TrajectoryStore.sample(in: folder.url)
        let file = try SafetensorsFile(contentsOf: folder["task-a.safetensors"])
        #expect(file.metadata == ["task": "task-a", "sources": "[\"good\",\"poor\"]"])
        #expect(try file.array("episode_offsets", as: Int64.self) == [0, 4, 13, 16, 28, 35, 43])
        #expect(try file.array("returns_to_go", as: Float.self).prefix(5) == [2, 1.5, 1, 0.5, 9])
        #expect(try file.array("success", as: UInt8.self).prefix(5) == [0, 0, 0, 1, 0])
        #expect(try file.array("seeds", as: Int64.self) == [0, -1, 2, 3, 4, 5])
        #expect(try file.array("source", as: Int32.self) == [0, 0, 0, 0, 1, 1])
        #expect(try file.array("terminated", as: UInt8.self) == [1, 0, 0, 1, 0, 0])
        #expect(try file.array("role", as: UInt8.self) == [0, 0, 0, 1, 0, 1])
        #expect(try file.entry("observations").shape == [43, 3])
        #expect(try file.entry("actions").shape == [43, 2])
        #expect(file.entries.values.allSatisfy { $0.byteRange.lowerBound.isMultiple(of: $0.type.byteCount) })
    }

    @Test func returnsToGoAreSummedInDoublePrecision() {
        let rewards: [Float] = [1, 16_777_216, -16_777_216, 0x1p-10]
        #expect(rewards.returnsToGo == [1 + 0x1p-10, 0x1p-10, -16_777_216, 0x1p-10])
    }

    @Test func manifestTellsWhatTheFilesHold() throws {
        let store = try TrajectoryStore.sample(in: folder.url)
        let task = try #require(store.manifest.tasks.first)
        #expect(store.manifest.recipe == .sample)
        #expect(task.bytes == (try Data(contentsOf: folder["task-a.safetensors"]).count))
        #expect(try task.crc32 == Checksum.crc32(ofFile: folder["task-a.safetensors"]))
        #expect((task.episodes, task.promptEpisodes, task.steps) == (6, 2, 43))
        #expect(task.sources == ["good", "poor"])
        #expect(task.statistics == TaskStatistics(try TaskTrajectories(.sample(), .sample())))
    }

    @Test func aSamplerDrawsTheSameFromTheStoreAndFromMemory() throws {
        let store = try TrajectoryStore.sample(["task-a", "task-b"], in: folder.url)
        let trajectories = try store.trajectories(["task-b", "task-a"])
        let mapped = try Sampler(trajectories, options: .sample(), stateWidth: 5, actionWidth: 3, seed: 1)
        let memory = try Sampler.sample(["task-b", "task-a"])
        for step in 0..<5 {
            #expect(mapped.batch(step: step, tasks: [0, 1, 1]) == memory.batch(step: step, tasks: [0, 1, 1]))
        }
        #expect(mapped.profile(task: 1) == memory.profile(task: 1))
    }

    @Test func summaryCountsEpisodesReturnsAndSources() throws {
        let summary = try #require(try TrajectoryStore.sample(in: folder.url).summary().first)
        #expect(summary.task == "task-a")
        #expect((summary.episodes, summary.promptEpisodes, summary.steps) == (6, 2, 43))
        #expect((summary.returns.minimum, summary.returns.median, summary.returns.maximum) == (-7, 7.5, 48))
        #expect(summary.successRate == 0.5)
        #expect(summary.sources.map(\.name) == ["good", "poor"])
        #expect(summary.sources.map(\.episodes) == [4, 2])
        #expect(summary.sources.map(\.returns.maximum) == [48, 40])
        #expect(summary.sources.map(\.successRate) == [0.5, 0.5])
    }

    @Test func aHealthyStoreVerifies() throws {
        let store = try TrajectoryStore.sample(["a", "b"], in: folder.url)
        #expect(store.verify(deep: false) == [])
        #expect(store.verify(deep: true) == [])
    }

    @Test func unknownTasksAreRefusedWithTheNearest() throws {
        let store = try TrajectoryStore.sample(["cheetah-vel-07"], in: folder.url)
        let error = try #require(throws: DataError.self) { try store.trajectories("cheetah-vel-7") }
        #expect(
            error.description == "\(folder.url.path), task cheetah-vel-7: the store does not hold this task; "
                + "did you mean cheetah-vel-07?")
    }

    @Test func batchesFromALargeStoreLeaveMemoryFlat() throws {
        let (url, task) = (folder["large.safetensors"], TaskSpecification.sample("large"))
        let (steps, episodes) = (12_000_000, 1000)
        try writeSparse(to: url, task: task, steps: steps, episodes: episodes)
        let before = try privateMemory()
        let small = try TaskTrajectories(task, .sample(task: task))
        let trajectories = try TaskTrajectories(
            contentsOf: url, task: task, steps: steps, episodes: episodes, statistics: TaskStatistics(small))
        let options = SamplerOptions.sample { $0.promptSteps = 0 }
        let sampler = try Sampler([trajectories], options: options, stateWidth: 3, actionWidth: 2, seed: 1)
        for step in 0..<300 { #expect(sampler.batch(step: step, task: 0).mask.contains(1)) }
        let growth = try privateMemory() - before
        #expect(growth < 50_000_000, "the file has 348 MB")
    }

    /// Writes a task of zeros; only the header and the episodes' bounds take up room on the disk.
    private func writeSparse(to url: URL, task: TaskSpecification, steps: Int, episodes: Int) throws {
        var offset = 0
        let fields = StoreColumn.allCases.map { column in
            let shape = column.shape(task: task, steps: steps, episodes: episodes)
            let start = offset
            offset += shape.reduce(column.type.byteCount, *)
            return "\"\(column.rawValue)\":{\"dtype\":\"\(column.type.rawValue)\",\"shape\":"
                + "[\(shape.map(String.init).joined(separator: ","))],\"data_offsets\":[\(start),\(offset)]}"
        }
        let metadata = "\"__metadata__\":{\"task\":\"\(task.name)\",\"sources\":\"[\\\"zero\\\"]\"}"
        let header = Data("{\(metadata),\(fields.joined(separator: ","))}".utf8)
        let bounds = (0...episodes).map { Int64($0 * steps / episodes) }
        var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
        let total = bytes.count + offset
        bounds.withUnsafeBytes { bytes.append(contentsOf: $0) }
        try bytes.write(to: url)
        let file = try FileHandle(forWritingTo: url)
        try file.truncate(atOffset: UInt64(total))
        try file.close()
        #expect(total > 340_000_000)
    }

    /// Resident bytes of this process that no file stands behind.
    private func privateMemory() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        let pages = try (1...2).map { try #require(Int(fields[$0])) }
        return (pages[0] - pages[1]) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
