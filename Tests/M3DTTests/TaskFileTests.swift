import Foundation
import M3DT
import M3DTSimulation
import M3DTTasks
import Testing

@Suite struct TaskFileTests {
    private static let whole = """
        name: my-robot
        observationWidth: 12
        actionWidth: 4
        episodeSteps: 300
        targetReturn: 250
        returnScale: 100
        score: {worst: -50, best: 150}
        evaluationEpisodes: 5
        environment:
          id: robots:Reach-v0
          arguments: {height: 0.5, mode: fast, goals: [1, 2], seen: true}
          python: venv/bin/python
          paths: [modules]
        """
    private static let short = """
        name: arm
        observationWidth: 3
        actionWidth: 2
        episodeSteps: 50
        targetReturn: 40
        """

    private func read(_ yaml: String) throws -> TaskFile {
        try TaskFile(yaml: yaml, source: "t.yaml", folder: URL(fileURLWithPath: "/robots", isDirectory: true))
    }

    @Test func everythingThatAFileSaysIsRead() throws {
        let file = try read(Self.whole)
        #expect(
            file.task
                == TaskSpecification(
                    name: "my-robot", domain: .custom, observationWidth: 12, actionWidth: 4, episodeSteps: 300,
                    targetReturn: 250, returnScale: 100, score: .linear(offset: 50, range: 200), evaluationEpisodes: 5))
        #expect(
            file.environment
                == PythonEnvironment(
                    library: .gymnasium, id: "robots:Reach-v0",
                    arguments: [
                        "height": .number(0.5), "mode": .text("fast"), "goals": .list([.integer(1), .integer(2)]),
                        "seen": .bool(true),
                    ], python: "/robots/venv/bin/python", paths: ["/robots/modules"]))
    }

    @Test func whatIsLeftOutHasADefault() throws {
        let file = try read(Self.short)
        #expect(file.environment == nil)
        #expect((file.task.returnScale, file.task.evaluationEpisodes) == (40, 10))
        #expect(file.task.score == .linear(offset: 0, range: 40))
        #expect(try read(Self.short + "\nscore: success").task.score == .success)
        #expect(try read(Self.short.replacing("40", with: "0") + "\nscore: success").task.returnScale == 1)
    }

    @Test(arguments: [
        ("observationWidht: 3", "observationWidht", "observationWidth"),
        ("score: {wurst: 0, best: 1}", "score.wurst", "score.worst"),
        ("environment: {id: a, argument: {}}", "environment.argument", "environment.arguments"),
    ])
    func unknownKeysAreRefusedWithTheNearest(line: String, key: String, nearest: String) {
        let error = #expect(throws: TaskFileError.self) { try read(Self.short + "\n" + line) }
        guard case .unknownKey(key, nearest, _, "t.yaml")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("did you mean '\(nearest)'?") == true)
    }

    @Test(arguments: ["name", "observationWidth", "actionWidth", "episodeSteps", "targetReturn"])
    func everyTaskNeedsThese(key: String) {
        let lines = Self.short.split(separator: "\n").filter { !$0.hasPrefix(key + ":") }
        let error = #expect(throws: TaskFileError.self) { try read(lines.joined(separator: "\n")) }
        #expect(error == .missing(key: key, hint: nil, file: "t.yaml"))
    }

    @Test(arguments: [
        ("observationWidth: wide", "observationWidth"), ("targetReturn: [1]", "targetReturn"),
        ("episodeSteps: 1.5", "episodeSteps"), ("score: 5", "score"), ("score: {worst: 2, best: 1}", "score"),
        ("environment: yes", "environment"), ("environment: {id: x, library: gim}", "environment.library"),
    ])
    func valuesOfAnotherKindAreNamed(line: String, key: String) {
        let name = line.prefix { $0 != ":" }
        let lines = Self.short.split(separator: "\n").filter { !$0.hasPrefix(name + ":") } + [line[...]]
        let error = #expect(throws: TaskFileError.self) { try read(lines.joined(separator: "\n")) }
        guard case .value(key, _, "t.yaml")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func anEnvironmentNeedsItsName() {
        let error = #expect(throws: TaskFileError.self) { try read(Self.short + "\nenvironment: {paths: [a]}") }
        #expect(error == .missing(key: "environment.id", hint: nil, file: "t.yaml"))
    }

    @Test func numbersThatMakeNoSenseAreRefused() {
        #expect(throws: TaskError.self) { try read(Self.short.replacing("actionWidth: 2", with: "actionWidth: 0")) }
        #expect(throws: TaskError.self) { try read(Self.short.replacing("arm", with: "mt40")) }
        // Where more is not better, nobody but the user knows what scores 0.
        #expect(throws: TaskFileError.self) { try read(Self.short.replacing("40", with: "-5")) }
    }

    @Test(arguments: ["a: [", "- 1", "words", ""])
    func textThatIsNoTaskFileIsRefused(yaml: String) {
        #expect(throws: TaskFileError.self) { try read(yaml) }
    }

    @Test func filesAreFoundWhereTheyAreGivenAndInTheDataFolder() throws {
        let folder = try TemporaryFolder()
        let tasks = folder.url.appendingPathComponent("data/tasks")
        try FileManager.default.createDirectory(at: tasks, withIntermediateDirectories: true)
        try Self.short.write(to: tasks.appendingPathComponent("arm.yaml"), atomically: true, encoding: .utf8)
        let given = folder.url.appendingPathComponent("robot.yaml")
        try Self.whole.write(to: given, atomically: true, encoding: .utf8)
        let data = folder.url.appendingPathComponent("data")

        let known = try KnownTasks(files: [given, given], data: data)
        let robot = try known.registry.task(named: "my-robot")
        let arm = try known.registry.task(named: "arm")
        #expect(known.registry.tasks.count == TaskRegistry.standard.tasks.count + 2)
        #expect(known.isPlayable(robot))
        #expect(try known.environment(of: robot).id == "robots:Reach-v0")
        #expect(!known.isPlayable(arm))
        #expect(throws: TaskFileError.dataOnly(task: "arm")) { try known.environment(of: arm) }
        #expect(try KnownTasks(data: folder.url).registry.tasks == TaskRegistry.standard.tasks)

        try Self.short.replacing("50", with: "60").write(to: given, atomically: true, encoding: .utf8)
        #expect(throws: TaskError.duplicate(name: "arm")) { try KnownTasks(files: [given], data: data) }
        let missing = folder.url.appendingPathComponent("nowhere.yaml")
        #expect(throws: TaskFileError.unreadable(file: missing.path)) { try KnownTasks(files: [missing]) }
    }

    @Test func messagesNameTheThingAndTheRemedy() {
        let cases: [(TaskFileError, [String])] = [
            (.unreadable(file: "f"), ["f:", "check the path"]),
            (.malformed(file: "f", problem: "p"), ["f is not", "p"]),
            (.unknownKey(key: "k", nearest: nil, known: ["a", "b"], file: "f"), ["f:", "'k'", "there are a, b"]),
            (.missing(key: "k", hint: "h", file: "f"), ["f:", "'k'", "h"]),
            (.value(key: "k", problem: "p", file: "f"), ["f:", "'k'", "p"]),
            (.dataOnly(task: "t"), ["t", "--task-file"]),
        ]
        for (error, parts) in cases {
            for part in parts { #expect(error.description.contains(part), "\(error)") }
        }
    }
}
