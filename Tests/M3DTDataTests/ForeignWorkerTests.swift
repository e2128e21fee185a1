import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTData

/// Real files of each format, read and written by a worker.
@Suite(.serialized, .enabled(if: FormatSample.canBeMade, "needs the packages of: make worker"))
struct ForeignWorkerTests {
    private static let chunks = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/tdmpc2")

    /// Imports a source into `data`.
    private func importAll(
        _ format: ForeignFormat, from source: URL, into data: URL, change: (inout TrajectoryImport) -> Void = { _ in }
    ) throws -> (store: TrajectoryStore, tasks: [ImportedTask]) {
        var process = TrajectoryImport(try ForeignWorker(format, source: source), format: format)
        change(&process)
        let tasks = try process.run(process.candidates(), into: data)
        return (try TrajectoryStore(data), tasks)
    }

    @Test(arguments: [
        (ForeignFormat.mt160, [3, 4], "padding is removed: observations from 39 to 20, actions from 8 to 6"),
        (.promptDT, [3, 4], "is cheetah_vel-3 in the files"),
        (.decisionTransformer, [2, 4], "4 partial episodes are kept"),
        (.d4rl, [2, 4], "float64 becomes float32"), (.minari, [2, 4], "is cheetah_vel-3-v0 in the files"),
    ])
    func everyNumberOfEveryFormatComesIn(format: ForeignFormat, prompts: [Int], note: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder["files"], withIntermediateDirectories: true)
        try FormatSample.make(format, in: folder["files"])
        let (store, tasks) = try importAll(format, from: folder["files"], into: folder["data"])
        #expect(store.verify(deep: true).isEmpty)
        #expect(tasks[0].notes.contains(note), "\(tasks[0].notes)")
        #expect(store.tasks == [try TaskRegistry.standard.task(named: FormatSample.task)])
        let trajectories = try store.trajectories(FormatSample.task)
        #expect(trajectories.episodeCount == 5)
        #expect(trajectories.episodes(.prompt) == prompts)
        for number in 0..<5 {
            var expected = FormatSample.episode(number)
            expected.source = format == .promptDT ? "expert" : format.rawValue
            #expect(trajectories.trajectory(number) == expected)
        }
    }

    @Test func everyNumberOfChunksComesIn() throws {
        struct Episode: Decodable {
            let observations: [[Float]]
            let actions: [[Float]]
            let rewards: [Float]
        }
        let folder = try TemporaryFolder()
        let (store, tasks) = try importAll(.tdmpc2, from: Self.chunks, into: folder["data"]) { process in
            process.prompts = PromptSelection(rule: .best, episodes: 0)
            process.registry = TaskRegistry()
        }
        let expected = try JSONDecoder().decode(
            [String: [Episode]].self, from: Data(contentsOf: Self.chunks.appendingPathComponent("expected.json")))
        #expect(Set(store.tasks.map(\.name)) == Set(expected.keys))
        #expect(tasks.map(\.specification.observationWidth) == [5, 3, 4])
        #expect(tasks.map(\.specification.actionWidth) == [3, 1, 2])
        for (name, episodes) in expected {
            let trajectories = try store.trajectories(name)
            let (width, actions) = (trajectories.task.observationWidth, trajectories.task.actionWidth)
            #expect(trajectories.episodeCount == episodes.count)
            for (number, episode) in episodes.enumerated() {
                let found = trajectories.trajectory(number)
                #expect(found.observations == episode.observations.flatMap { $0.prefix(width) })
                #expect(found.actions == episode.actions.flatMap { $0.prefix(actions) })
                #expect(found.rewards == episode.rewards)
            }
        }
    }

    /// An exported store comes in again with the same contents, and goes out again with the same.
    @Test(arguments: ForeignFormat.exported)
    func whatIsExportedComesInAgainTheSame(format: ForeignFormat) throws {
        let folder = try TemporaryFolder()
        let writer = try TrajectoryStoreWriter(folder["first"], recipe: StoreRecipe(name: "r", seed: 1))
        let recorder = try writer.record(TaskRegistry.standard.task(named: FormatSample.task))
        for number in [3, 0, 4, 1, 2] {
            var episode = FormatSample.episode(number)
            (episode.source, episode.seed) = ("demonstrator \(number % 2)", UInt64(number) << 40)
            episode.successes[number] = true
            try recorder.append(episode)
        }
        try recorder.finish()
        let first = try TrajectoryStore(folder["first"])
        let out = try ForeignWorkerWriter(format, folder: folder["out"])
        let places = try TrajectoryExport(first, writer: out).run([FormatSample.task])
        #expect(places.map(\.lastPathComponent) == [FormatSample.task + (format == .minari ? "-v0" : "")])
        let (second, tasks) = try importAll(format, from: folder["out"], into: folder["second"]) {
            $0.prompts = PromptSelection(rule: .last)
        }
        #expect(tasks[0].scan?.partial == 0)
        let (before, after) = (try first.trajectories(FormatSample.task), try second.trajectories(FormatSample.task))
        let order = before.episodes(.training) + before.episodes(.prompt)
        #expect(after.episodeCount == 5)
        #expect((0..<5).map(after.trajectory) == order.map(before.trajectory))
        #expect(after.episodes(.prompt) == [3, 4])
        #expect(
            try second.storedTask(FormatSample.task).statistics.returns
                == first.storedTask(FormatSample.task).statistics.returns)

        // A folder that is there is not written over.
        let error = #expect(throws: DataError.self) {
            try TrajectoryExport(first, writer: out).run([FormatSample.task])
        }
        #expect(error?.description.contains("there already") == true)
    }

    @Test func aFaultNamesFileKeyTaskAndRemedy() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder["files"], withIntermediateDirectories: true)
        try FormatSample.make(.mt160, in: folder["files"])
        try FileManager.default.removeItem(at: folder["files/cheetah_vel-3/2.npz"])
        let gap = #expect(throws: DataError.self) { try importAll(.mt160, from: folder["files"], into: folder["data"]) }
        #expect(gap?.description.contains("2.npz is missing") == true)
        try Data("junk".utf8).write(to: folder["files/cheetah_vel-3/2.npz"])
        let junk = #expect(throws: DataError.self) {
            try importAll(.mt160, from: folder["files"], into: folder["data"])
        }
        #expect(junk?.file?.hasSuffix("2.npz") == true)
        #expect(junk?.task == "cheetah_vel-3")
        #expect(try TrajectoryStore(folder["data"]).tasks.isEmpty)
    }

    @Test func withoutPackagesTheCommandThatFetchesThemIsNamed() throws {
        let folder = try TemporaryFolder()
        let installation = WorkerInstallation(program: WorkerInstallation.standard.program, packages: folder.url)
        let error = #expect(throws: WorkerError.self) {
            try ForeignWorker(.d4rl, source: folder.url, installation: installation)
        }
        #expect(error?.description.contains("Scripts/setup_worker.sh formats") == true)
    }
}
