import Foundation
import M3DT
import M3DTData
import M3DTReports
import M3DTSimulation
import M3DTTasks
import M3DTTraining
import M3DTWorker
import Synchronization
import Testing

/// Data and scores of native tasks and of tasks in workers, together. The toys need no Python packages.
@Suite struct CollectionTests {
    static let toy = TaskSpecification(
        name: "toy", domain: .custom, observationWidth: 3, actionWidth: 1, episodeSteps: 6, targetReturn: 6,
        returnScale: 1, score: .success, evaluationEpisodes: 2)

    static func environment(_ arguments: [String: PythonArgument] = [:]) -> PythonEnvironment {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Worker")
        return PythonEnvironment(library: .python, id: "toys:Toy", arguments: arguments, paths: [folder.path])
    }

    static func collection(
        _ tasks: [TaskSpecification], _ environment: PythonEnvironment = environment(),
        progress: ProgressDisplay = ProgressDisplay(style: .quiet), stop: StopRequest = StopRequest()
    ) -> Collection {
        var collection = Collection(tasks: tasks, episodesPerTask: 4, seed: 3, progress: progress, stop: stop)
        collection.workerMixture = DemonstratorMixture(parts: [.init(label: "random", share: 1, actionNoise: 0)])
        collection.describe = { _ in environment }
        return collection
    }

    static func native() throws -> TaskSpecification { try TaskRegistry.standard.task(named: "ant-dir-00") }

    @Test func familiesAreCollectedTogetherAndAgainTheSame() throws {
        let folder = try TemporaryFolder()
        let tasks = [Self.toy, try Self.native()]
        let first = try Self.collection(tasks).run(into: folder.url.appendingPathComponent("a"))
        #expect(first.verify(deep: true).isEmpty)
        #expect(first.tasks.map(\.name) == ["ant-dir-00", "toy"])
        var another = Self.collection(tasks.reversed())
        another.slots = 3
        try another.run(into: folder.url.appendingPathComponent("b"))
        for file in ["toy.safetensors", "ant-dir-00.safetensors", "manifest.json"] {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: folder.path("a/" + file)))
                    == Data(contentsOf: URL(fileURLWithPath: folder.path("b/" + file))))
        }
    }

    @Test func promptsAreTheBestOrTheLastOfTheSameEpisodes() throws {
        let folder = try TemporaryFolder()
        func collect(_ rule: PromptSelection.Rule) throws -> TaskTrajectories {
            var collection = Self.collection([try Self.native()])
            collection.prompts.rule = rule
            return try collection.run(into: folder[rule.rawValue]).trajectories("ant-dir-00")
        }
        let (best, last) = (try collect(.best), try collect(.last))
        func returns(_ task: TaskTrajectories) -> [Float] { (0..<task.episodeCount).map { task.totalReturn(of: $0) } }
        #expect(returns(best) == returns(last))
        #expect(last.episodes(.prompt) == [2, 3])
        let highest = (0..<4).sorted { best.totalReturn(of: $0) > best.totalReturn(of: $1) }.prefix(2).sorted()
        #expect(best.episodes(.prompt) == highest)
    }

    @Test func progressIsCountedInStepsAndAlsoWhereTasksAreThere() throws {
        let folder = try TemporaryFolder()
        let tasks = [Self.toy, try Self.native()]
        for _ in 0..<2 {
            let lines = Mutex<[String]>([])
            let display = ProgressDisplay(
                style: .json(everySeconds: 0), output: { line in lines.withLock { $0.append(line) } })
            try Self.collection(tasks, progress: display).run(into: folder.url)
            let events = try lines.withLock { $0 }.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let steps = events.compactMap { $0["step"] as? Int }
            #expect(steps.first == 0 && steps.last == 4 * (6 + 200))
            #expect(steps == steps.sorted())
            #expect(events.allSatisfy { $0["total"] as? Int == 4 * (6 + 200) && $0["unit"] as? String == "steps" })
        }
    }

    @Test func aWorkerThatFailsLeavesWholeTasksAndTheCollectionGoesOn() throws {
        let folder = try TemporaryFolder()
        let tasks = [try Self.native(), Self.toy]
        let broken = Self.environment(["crash_at": .integer(2)])
        let error = #expect(throws: EnvironmentError.self) {
            try Self.collection(tasks, broken).run(into: folder.url)
        }
        #expect(try #require(error).description.contains("tried twice"))
        #expect(exitCode(of: try #require(error)) == 70)
        #expect(try TrajectoryStore(folder.url).tasks.map(\.name) == ["ant-dir-00"])
        #expect(try Self.collection(tasks).run(into: folder.url).tasks.count == 2)
    }

    @Test func nativeTasksNeedNoWorker() throws {
        let folder = try TemporaryFolder()
        var collection = Self.collection([try Self.native()])
        collection.describe = { throw WorkerError.notInstalled(group: $0.name) }
        #expect(try collection.run(into: folder.url).tasks.count == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.path("versions.json")))
        var evaluation = Evaluation(progress: ProgressDisplay(style: .quiet))
        (evaluation.slots, evaluation.episodesPerTask, evaluation.seeds) = (1, 1, [0])
        evaluation.describe = collection.describe
        #expect(try evaluation.judge(ConstantPolicy(), tasks: [Self.native()], method: "constant").count == 1)
    }

    @Test func versionsOfSeveralWorkersAreKeptTogether() throws {
        let folder = try TemporaryFolder()
        let kept = folder.url.appendingPathComponent("versions.json")
        func note(_ python: String, _ packages: [String: String]) throws {
            try Versions.note([WorkerConnection.Versions(protocol: 1, python: python, packages: packages)], in: kept)
        }
        try note("3.12.1", ["metaworld": "3.1.1"])
        try note("3.12.1", ["metaworld": "3.1.1", "numpy": "2.0"])
        try note("3.11.9", [:])
        let versions = try JSONDecoder().decode(Versions.self, from: Data(contentsOf: kept))
        #expect(versions.workers == ["metaworld": "3.1.1", "numpy": "2.0", "python": "3.11.9, 3.12.1"])
        #expect(versions.m3dt == m3dtVersion)
        try Data("[]".utf8).write(to: kept)
        #expect(throws: DecodingError.self) { try note("3.12.1", [:]) }
    }

    @Test func aStopLeavesNoHalfTask() throws {
        let folder = try TemporaryFolder()
        let stop = StopRequest()
        stop.request()
        #expect(throws: Interrupted.self) { try Self.collection([Self.toy], stop: stop).run(into: folder.url) }
        #expect(try Self.collection([Self.toy]).run(into: folder.url).verify(deep: true).isEmpty)
    }

    @Test func familiesAreJudgedTogether() throws {
        var evaluation = Evaluation(progress: ProgressDisplay(style: .quiet))
        (evaluation.slots, evaluation.episodesPerTask, evaluation.seeds) = (3, 2, [0, 1])
        evaluation.describe = { _ in Self.environment(["succeed_at": .integer(2)]) }
        let tasks = [try Self.native(), Self.toy]
        let rows = try evaluation.judge(ConstantPolicy(value: 0.5), tasks: tasks, method: "constant")
        #expect(rows.map(\.task) == Array(repeating: "ant-dir-00", count: 4) + Array(repeating: "toy", count: 4))
        for row in rows.suffix(4) { #expect((row.score, row.episodeReturn, row.steps) == (100, 9, 6)) }
    }

    static let codes: [(WorkerError, Int32)] = [
        (.notInstalled(group: "simulators"), 69), (.noProgram(path: "p"), 69),
        (.notStarted(program: "p", reason: "r"), 69),
        (.refused(WorkerProblem(code: "wrong-pin", message: "m")), 69),
        (.refused(WorkerProblem(code: "exception", message: "m")), 70),
        (.ended(how: "h", doing: "d", words: ""), 70), (.silent(seconds: 1, doing: "d", words: ""), 70),
        (.malformed(doing: "d", reason: "r"), 70),
    ]

    @Test(arguments: codes) func errorsOfWorkersHaveTheirExitCodes(error: WorkerError, code: Int32) {
        #expect(exitCode(of: error) == code)
    }
}
