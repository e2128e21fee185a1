import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct TrajectoryStoreWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [1, 300, 1000])
    func bytesDoNotDependOnHowMuchIsHeldInMemory(chunkBytes: Int) throws {
        try TrajectoryStoreWriter(folder["whole"], recipe: .sample).recordSample("a")
        let writer = try TrajectoryStoreWriter(folder["chunks"], recipe: .sample)
        let recorder = try writer.record(.sample("a"), chunkBytes: chunkBytes)
        for trajectory in [Trajectory].sample(task: .sample("a")) { try recorder.append(trajectory) }
        let unfinished = try folder.contents.filter { $0.hasPrefix("chunks/.recording-a/") }
        #expect(unfinished.count == [1: 5, 300: 2, 1000: 1][chunkBytes])
        try recorder.finish()
        #expect(try bytes("chunks/a.safetensors") == bytes("whole/a.safetensors"))
        #expect(try bytes("chunks/manifest.json") == bytes("whole/manifest.json"))
    }

    @Test func unfinishedFilesAreRemovedWithTheRecorder() throws {
        let writer = try TrajectoryStoreWriter(folder["store"], recipe: .sample)
        try writer.recordSample("a", chunkBytes: 1)
        do {
            let recorder = try writer.record(.sample("b"), chunkBytes: 1)
            for trajectory in [Trajectory].sample(task: .sample("b")) { try recorder.append(trajectory) }
        }
        #expect(try folder.contents == ["store", "store/a.safetensors", "store/manifest.json"])
        try writer.recordSample("b")
        #expect(writer.finishedTasks == ["a", "b"])
    }

    @Test func tasksRecordedAtOnceGiveTheSameStore() throws {
        let names = (0..<6).map { "task-\($0)" }
        _ = try TrajectoryStore.sample(names, in: folder["one"])
        let writer = try TrajectoryStoreWriter(folder["many"], recipe: .sample)
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            #expect(throws: Never.self) { try writer.recordSample(names[names.count - 1 - index], chunkBytes: 200) }
        }
        for name in names.map({ $0 + ".safetensors" }) + ["manifest.json"] {
            #expect(try bytes("one/\(name)") == bytes("many/\(name)"))
        }
    }

    @Test func resumingKeepsWhatIsThere() throws {
        _ = try TrajectoryStore.sample(["a", "b", "c"], in: folder["whole"])
        _ = try TrajectoryStore.sample(["a", "b"], in: folder["store"])
        let before = try modified("store/a.safetensors")
        try FileManager.default.removeItem(at: folder["store/b.safetensors"])
        // What a killed process leaves: an unfinished file, and a file in place that the manifest does not know.
        try FileManager.default.createDirectory(at: folder["store/.recording-c"], withIntermediateDirectories: false)
        try Data("unfinished".utf8).write(to: folder["store/.recording-c/0.safetensors"])
        try Data("unknown".utf8).write(to: folder["store/c.safetensors"])

        let writer = try TrajectoryStoreWriter(folder["store"], recipe: .sample, resume: true)
        #expect(writer.finishedTasks == ["a"])
        try writer.recordSample("b")
        try writer.recordSample("c")
        #expect(try modified("store/a.safetensors") == before)
        for name in ["a.safetensors", "b.safetensors", "c.safetensors", "manifest.json"] {
            #expect(try bytes("store/\(name)") == bytes("whole/\(name)"))
        }
        #expect(try folder.contents.filter { $0.contains(".recording") } == [])
    }

    @Test func resumingAnEmptyFolderStartsAStore() throws {
        try TrajectoryStoreWriter(folder["new/store"], recipe: .sample, resume: true).recordSample("a")
        #expect(try TrajectoryStore(folder["new/store"]).tasks.count == 1)
    }

    @Test func aStoreIsNotOverwritten() throws {
        _ = try TrajectoryStore.sample(in: folder["store"])
        expect("the folder holds a trajectory store already; resume it, or choose another folder") {
            try TrajectoryStoreWriter(folder["store"], recipe: .sample)
        }
    }

    @Test(arguments: [
        (StoreRecipe(name: "other", seed: 5), "name sample, not other"),
        (StoreRecipe(name: "sample", seed: 6), "seed 5, not 6"),
        (StoreRecipe(name: "sample", seed: 5, prompts: PromptSelection(rule: .last)), "prompts best 2, not last 2"),
        (StoreRecipe(name: "sample", seed: 5), "episodes 6, not unset"),
    ])
    func resumingWithAnotherRecipeIsRefused(recipe: StoreRecipe, difference: String) throws {
        _ = try TrajectoryStore.sample(in: folder["store"])
        expect("the store was made with \(difference); resume with the same, or choose another folder") {
            try TrajectoryStoreWriter(folder["store"], recipe: recipe, resume: true)
        }
    }

    @Test func resumingWithADamagedFileIsRefused() throws {
        _ = try TrajectoryStore.sample(in: folder["store"])
        try Data("short".utf8).write(to: folder["store/task-a.safetensors"])
        expect("the file has 5 bytes") {
            try TrajectoryStoreWriter(folder["store"], recipe: .sample, resume: true)
        }
    }

    @Test func aFileInTheWayOfTheFolderIsRefused() throws {
        try Data().write(to: folder["store"])
        #expect(throws: StorageError.notAFolder(path: folder["store"].path)) {
            try TrajectoryStoreWriter(folder["store"], recipe: .sample)
        }
        #expect(throws: StorageError.notAFolder(path: folder["store"].path)) {
            try TrajectoryStoreWriter(folder["store/below"], recipe: .sample)
        }
    }

    @Test(arguments: ["", ".hidden", "a/b", "a b", "a\0", "ä"])
    func namesThatAreNoFileNamesAreRefused(name: String) throws {
        let writer = try TrajectoryStoreWriter(folder["store"], recipe: .sample)
        expect("the task's name cannot be the name of a file") { try writer.record(.sample(name)) }
    }

    @Test func aTaskIsRecordedOnce() throws {
        let writer = try TrajectoryStoreWriter(folder["store"], recipe: .sample)
        let recorder = try writer.record(.sample("a"))
        expect("the task is in the store already, or being recorded") { try writer.record(.sample("a")) }
        withExtendedLifetime(recorder) {}
        try writer.recordSample("b")
        expect("the task is in the store already, or being recorded") { try writer.record(.sample("b")) }
    }

    @Test(arguments: [
        Unfit("task a: episode 1 was recorded in task b") { $0 = .sample(0, steps: 2, task: .sample("b")) },
        Unfit("task a: episode 1 has no steps; leave it out") { $0 = .sample(0, steps: 0, task: .sample("a")) },
        Unfit("task a, column observations: episode 1 has 8 values") { $0.observations.removeLast() },
        Unfit("task a, column actions: episode 1 has 7 values") { $0.actions.append(0) },
        Unfit("task a, column success: episode 1 has 0 values") { $0.successes = [] },
        Unfit("task a, column observations: step 1 of episode 1 is not a finite number") { $0.observations[4] = .nan },
        Unfit("task a, column actions: step 2 of episode 1 is not a finite number") { $0.actions[5] = -.infinity },
        Unfit("task a, column rewards: step 0 of episode 1 is not a finite number") { $0.rewards[0] = .infinity },
    ])
    private func unfitEpisodesAreRefused(unfit: Unfit) throws {
        let recorder = try TrajectoryStoreWriter(folder["store"], recipe: .sample).record(.sample("a"))
        try recorder.append(.sample(0, steps: 3, task: .sample("a")))
        var trajectory = Trajectory.sample(1, steps: 3, task: .sample("a"))
        unfit.change(&trajectory)
        expect(unfit.message) { try recorder.append(trajectory) }
        #expect(recorder.episodes == 1)
    }

    @Test func tooFewEpisodesAreRefused() throws {
        let recorder = try TrajectoryStoreWriter(folder["store"], recipe: .sample).record(.sample("a"))
        for number in 0..<2 { try recorder.append(.sample(number, steps: 3, task: .sample("a"))) }
        expect("task a: of 2 episodes, 2 are to be prompts and none is left to train on; record at least 3") {
            try recorder.finish()
        }
        try recorder.append(.sample(2, steps: 3, task: .sample("a")))
        #expect(try recorder.finish().promptEpisodes == 2)
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder[name]) }

    private func modified(_ name: String) throws -> Date? {
        try FileManager.default.attributesOfItem(atPath: folder[name].path)[.modificationDate] as? Date
    }

    private func expect<Result>(
        _ message: String, location: SourceLocation = #_sourceLocation, from body: () throws -> Result
    ) {
        let error = #expect(throws: DataError.self, sourceLocation: location) { _ = try body() }
        let text = error?.description ?? ""
        #expect(text.contains(message), "\(text)", sourceLocation: location)
    }
}

/// A change that makes an episode unfit, and what is said about it.
private struct Unfit: Sendable, CustomTestStringConvertible {
    let message: String
    let change: @Sendable (inout Trajectory) -> Void

    init(_ message: String, _ change: @escaping @Sendable (inout Trajectory) -> Void) {
        self.message = message
        self.change = change
    }

    var testDescription: String { message }
}
