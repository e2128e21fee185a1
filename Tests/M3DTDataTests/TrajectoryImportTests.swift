import Foundation
import M3DTTasks
import Testing

@testable import M3DTData

@Suite struct TrajectoryImportTests {
    private let files = MemoryTrajectories(returns: ["a": [1, 5, 3, 2], "b": [4, 4, 4], "c": [0, 2, 1]])

    private func process(_ format: ForeignFormat = .d4rl) -> TrajectoryImport {
        TrajectoryImport(files, format: format)
    }

    @Test func tasksComeInAsTheirDataSuggests() throws {
        let folder = try TemporaryFolder()
        let process = process()
        let imported = try process.run(process.candidates(), into: folder["data"])
        #expect(imported.map(\.specification.name) == ["a", "b", "c"])
        let store = try TrajectoryStore(folder["data"])
        #expect(store.verify(deep: true).isEmpty)
        let task = try store.storedTask("a").specification
        #expect((task.domain, task.observationWidth, task.actionWidth, task.episodeSteps) == (.custom, 2, 1, 2))
        #expect((task.targetReturn, task.returnScale) == (5, 5))
        #expect(task.score == .linear(offset: -1, range: 4))
        let trajectories = try store.trajectories("a")
        #expect(trajectories.episodes(.prompt) == [1, 2])
        #expect(trajectories.trajectory(3).observations == [2, 1, 2, 3])
        #expect(imported[0].notes.contains { $0.contains("not registered") })
    }

    @Test(arguments: [
        (ForeignFormat.mt160, [2, 3]), (.npz, [2, 3]), (.d4rl, [1, 2]), (.minari, [1, 2]), (.tdmpc2, [1, 2]),
        (.decisionTransformer, [1, 2]), (.promptDT, [0]),
    ])
    func promptsAreThoseThatTheFormatSetsApart(format: ForeignFormat, prompts: [Int]) throws {
        let folder = try TemporaryFolder()
        let files = MemoryTrajectories(returns: ["a": [1, 5, 3, 2]], prompts: [0])
        let process = TrajectoryImport(files, format: format)
        _ = try process.run(process.candidates(), into: folder["data"])
        let store = try TrajectoryStore(folder["data"])
        #expect(try store.trajectories("a").episodes(.prompt) == prompts)
        #expect(try store.storedTask("a").promptEpisodes == prompts.count)
    }

    @Test func whereAllEpisodesArePromptsNoneIsLeftToTrainOn() throws {
        let folder = try TemporaryFolder()
        let files = MemoryTrajectories(returns: ["a": [1, 2]], prompts: [0, 1])
        let process = TrajectoryImport(files, format: .promptDT)
        let error = #expect(throws: DataError.self) { try process.run(process.candidates(), into: folder["data"]) }
        #expect(error?.problem == .tooFewEpisodes(found: 2, prompts: 2))
        // A rehearsal finds it too.
        #expect(throws: DataError.self) { try process.rehearse(process.candidates()) }
    }

    @Test func aRehearsalWritesNothing() throws {
        let process = process()
        let rehearsed = try process.rehearse(process.candidates())
        #expect(rehearsed.map(\.episodes) == [4, 3, 3])
        #expect(rehearsed.map(\.steps) == [8, 6, 6])
        #expect(rehearsed[0].bytes == 8 * (4 * 5 + 1))
    }

    @Test func whatWasImportedStaysWholeAndTheRestFollows() throws {
        let folder = try TemporaryFolder()
        files.broken = "b"
        let process = process()
        #expect(throws: DataError.self) { try process.run(process.candidates(), into: folder["data"]) }
        #expect(try TrajectoryStore(folder["data"]).tasks.map(\.name) == ["a"])
        #expect(try TrajectoryStore(folder["data"]).verify(deep: true).isEmpty)
        #expect(try folder.contents == ["data", "data/a.safetensors", "data/manifest.json"])
        files.broken = nil
        let imported = try process.run(process.candidates(), into: folder["data"])
        #expect(imported.map(\.notes)[0] == ["was imported before"])
        #expect(imported.map(\.episodes) == [4, 3, 3])
        #expect(try TrajectoryStore(folder["data"]).tasks.map(\.name) == ["a", "b", "c"])
    }

    @Test func theSameImportGivesTheSameBytesInOneGoOrTwo() throws {
        let folder = try TemporaryFolder()
        let process = process()
        _ = try process.run(process.candidates(), into: folder["one"])
        _ = try process.run(process.candidates(["b"]), into: folder["two"])
        _ = try process.run(process.candidates(), into: folder["two"])
        for name in ["a", "b", "c"].map({ $0 + ".safetensors" }) + ["manifest.json"] {
            #expect(try Data(contentsOf: folder["one/\(name)"]) == Data(contentsOf: folder["two/\(name)"]))
        }
    }

    @Test func anImportWithOtherOptionsIsRefused() throws {
        let folder = try TemporaryFolder()
        var process = process()
        _ = try process.run(process.candidates(["a"]), into: folder["data"])
        process.partial = .drop
        let error = #expect(throws: DataError.self) { try process.run(process.candidates(["a"]), into: folder["data"]) }
        #expect(error?.description.contains("partial keep") == true)
        #expect(error?.description.contains("same options") == true)
    }

    @Test func severalFormatsGoIntoOneStore() throws {
        let folder = try TemporaryFolder()
        for (format, task) in [(ForeignFormat.d4rl, "a"), (.mt160, "b")] {
            let process = process(format)
            _ = try process.run(process.candidates([task]), into: folder["data"])
        }
        #expect(try TrajectoryStore(folder["data"]).tasks.map(\.name) == ["a", "b"])
    }

    @Test func aCollectedStoreIsNotImportedInto() throws {
        let folder = try TemporaryFolder()
        _ = try TrajectoryStoreWriter(folder["data"], recipe: StoreRecipe(name: "collect", seed: 0))
        let process = process()
        let error = #expect(throws: DataError.self) { try process.run(process.candidates(), into: folder["data"]) }
        #expect(error?.description.contains("collect") == true)
    }

    @Test func aKnownTaskKeepsItsSpecification() throws {
        let folder = try TemporaryFolder()
        let files = MemoryTrajectories(returns: ["robot_7": [1, 2, 3]])
        let known = TaskSpecification(
            name: "robot-07", domain: .custom, observationWidth: 2, actionWidth: 1, episodeSteps: 9, targetReturn: 7,
            returnScale: 3, score: .success, evaluationEpisodes: 1)
        let process = TrajectoryImport(files, format: .d4rl, registry: try TaskRegistry([known]))
        let imported = try process.run(process.candidates(["robot-07"]), into: folder["data"])
        #expect(try TrajectoryStore(folder["data"]).tasks == [known])
        #expect(files.readings.allSatisfy { $0.episodeSteps == 9 })
        #expect(imported[0].notes == ["is robot_7 in the files", "success is not recorded"])
    }

    @Test func anUnknownTasksTimeLimitIsItsLongestEpisodeOrTheOneGiven() throws {
        var process = process()
        process.episodeSteps = 30
        process.innerEnds = .split
        #expect(try process.rehearse(process.candidates(["a"]))[0].specification.episodeSteps == 30)
        #expect(files.readings == [ForeignReading(episodeSteps: 30, innerEnds: .split)])
    }

    @Test func tasksAreChosenAsEverywhere() throws {
        let process = process()
        #expect(try process.candidates(["a", "c"]).map(\.name) == ["a", "c"])
        #expect(try process.candidates(["custom"]).map(\.name) == ["a", "b", "c"])
        let error = #expect(throws: DataError.self) { try process.candidates(["ant-dir-0*", "a"]) }
        #expect(error?.description.contains("10 of the chosen tasks: ant-dir-00") == true)
        #expect(error?.description.contains("--dry-run") == true)
        #expect(throws: TaskError.self) { try process.candidates(["nothing"]) }
    }

    @Test func dataThatCannotBeOfTheTaskIsRefused() throws {
        let changes: [((inout ForeignScan) -> Void, String)] = [
            ({ $0.episodes = 0 }, "of 0 episodes"),
            ({ $0.longest = 10 }, "10 steps, but those of task robot end after 9"),
            ({ $0.observationWidth = 1 }, "observations have 1 numbers"),
            (
                { $0.usedObservationWidth = 3 },
                "observations have 3 numbers, padding left out, but those of task robot have 2"
            ),
            ({ $0.actionWidth = 0 }, "actions have 0"), ({ $0.usedActionWidth = 5 }, "actions have 5"),
        ]
        let known = TaskSpecification(
            name: "robot", domain: .custom, observationWidth: 2, actionWidth: 1, episodeSteps: 9, targetReturn: 7,
            returnScale: 3, score: .success, evaluationEpisodes: 1)
        let files = MemoryTrajectories(returns: ["robot": [1, 2, 3]])
        let process = TrajectoryImport(files, format: .d4rl, registry: try TaskRegistry([known]))
        for (change, part) in changes {
            files.changeOfScan = change
            let error = #expect(throws: DataError.self) { try process.rehearse(process.candidates()) }
            #expect(error?.description.contains(part) == true, "\(String(describing: error))")
        }
    }

    @Test func notesSayWhatIsDoneToTheData() throws {
        files.changeOfScan = { scan in
            (scan.observationWidth, scan.actionWidth, scan.usedObservationWidth, scan.usedActionWidth) = (39, 8, 2, 1)
            (scan.partial, scan.converted, scan.largestAction) = (1, ["float64"], 2.5)
        }
        var process = process()
        process.partial = .drop
        let task = try process.rehearse(process.candidates(["a"]))[0]
        #expect(task.episodes == 3)
        for part in [
            "padding is removed: observations from 39 to 2, actions from 8 to 1", "float64 becomes float32",
            "1 partial episode is dropped", "actions reach 2.5, policies only 1",
        ] {
            #expect(task.notes.contains(part), "\(task.notes)")
        }
    }

    @Test func eventsTellHowFarItIs() throws {
        let folder = try TemporaryFolder()
        var seen: [String] = []
        let process = process()
        _ = try process.run(process.candidates(["a", "b"]), into: folder["data"]) { event in
            switch event {
            case .task(let name, let index, let count): seen.append("\(name) \(index)/\(count)")
            case .checked(let steps): seen.append("checked \(steps)")
            case .taken(let steps, let all): seen.append("\(steps)/\(all)")
            case .finished(let task): seen.append("finished \(task.specification.name)")
            }
        }
        #expect(
            seen == [
                "a 0/2", "checked 8", "2/8", "4/8", "6/8", "8/8", "finished a",
                "b 1/2", "checked 6", "2/6", "4/6", "6/6", "finished b",
            ])
    }
}
