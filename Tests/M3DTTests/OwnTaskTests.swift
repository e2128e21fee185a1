import Foundation
import M3DT
import M3DTData
import Testing

/// A task of a user's own, played in a worker: every command with its task file, and what goes wrong. The toys need no packages.
@Suite struct OwnTaskTests {
    private static let recipe = """
        name: tiny
        method: backbone
        model: {width: 16, layers: 1, heads: 2, contextSteps: 4, promptSteps: 2, stateWidth: 3, episodeSteps: 200}
        data: {rows: 4}
        backbone: {steps: 4, warmUpSteps: 1, checkpointEvery: 4, logEvery: 2}
        evaluation: {episodes: 1, seeds: [0]}
        """
    private static let toys = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Worker").path

    /// A task file of a toy, with a class of its own, and with arguments.
    private static func taskFile(
        _ id: String = "toys:Exemplary", width: Int = 3, arguments: String = "{}", more: String = ""
    ) -> String {
        """
        name: toy
        observationWidth: \(width)
        actionWidth: 1
        episodeSteps: 6
        targetReturn: 12
        environment: {library: python, id: '\(id)', arguments: \(arguments), paths: ['\(toys)']\(more)}
        """
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> Program.Result { try Program.run(arguments, in: folder.url) }

    private func write(_ text: String, _ name: String = "toy.yaml") throws {
        try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
    }

    private func contents(_ name: String) throws -> Data { try Data(contentsOf: folder[name]) }

    private func versions(_ name: String) throws -> Versions {
        try JSONDecoder().decode(Versions.self, from: contents(name))
    }

    @Test func everyCommandTakesItsFile() throws {
        try write(Self.taskFile())
        try write(Self.recipe, "recipe.yaml")
        let collected = try run(
            "data", "collect", "--quiet", "--task-file", "toy.yaml", "--tasks", "toy", "--episodes", "10", "--data",
            "data")
        #expect(collected.code == 0, "\(collected.errors)")
        let store = try TrajectoryStore(folder.url.appendingPathComponent("data"))
        #expect(store.tasks.map(\.name) == ["toy"] && store.verify(deep: true).isEmpty)
        // Its own demonstrator, with noise and without, and some random actions.
        let sources = try store.summary()[0].sources
        #expect(sources.contains { $0.name == "random" })
        let best = try #require(sources.first { $0.name == "scripted:noise-0" })
        #expect((best.returns.minimum, best.returns.maximum) == (10.5, 10.5))
        #expect(try versions("data/versions.json").workers?["python"]?.hasPrefix("3.") == true)

        let trained = try run("train", "--quiet", "--recipe", "recipe.yaml", "--data", "data", "--run", "run")
        #expect(trained.code == 0, "\(trained.errors)")
        #expect(try versions("run/versions.json").workers == nil)
        let played = try run("evaluate", "--quiet", "--run", "run", "--task-file", "toy.yaml")
        #expect(played.code == 0 && played.output.contains("toy"), "\(played.errors)")
        #expect(try versions("run/versions.json").workers == versions("data/versions.json").workers)
        let drawn = try run(
            "rollout", "--run", "run", "--task", "toy", "--task-file", "toy.yaml", "--frames", "3")
        #expect(drawn.code == 0, "\(drawn.errors)")
        #expect(try contents("run/pictures/toy.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let nothing = try run("rollout", "--run", "run", "--task", "toy")
        #expect(nothing.code == 64 && nothing.errors.contains("--task-file"), "\(nothing.errors)")
    }

    @Test func whatAClassLacksIsNamedWithTheRemedy() throws {
        try write(Self.taskFile("toys:Toy"))
        try write(Self.recipe, "recipe.yaml")
        let collect = ["data", "collect", "--quiet", "--task-file", "toy.yaml", "--tasks", "toy", "--episodes", "6"]
        let scripted = try Program.run(collect + ["--data", "other"], in: folder.url)
        #expect(scripted.code == 70, "\(scripted.errors)")
        for part in ["task toy", "no demonstrator 'scripted'", "demonstrator()", "--players random"] {
            #expect(scripted.errors.contains(part), "\(scripted.errors)")
        }
        let random = try Program.run(collect + ["--players", "random", "--data", "data"], in: folder.url)
        #expect(random.code == 0, "\(random.errors)")
        _ = try run("train", "--quiet", "--recipe", "recipe.yaml", "--data", "data", "--run", "run")
        let drawn = try run("rollout", "--run", "run", "--task", "toy", "--task-file", "toy.yaml")
        #expect(drawn.code == 70 && drawn.errors.contains("render()"), "\(drawn.errors)")
    }

    static let troubles: [(text: String, code: Int32, mentions: [String])] = [
        (
            taskFile(arguments: "{crash_at: 2}"), 70,
            ["toy", "seed", "tried twice", "ended by signal 11", "about to crash"]
        ),
        (taskFile(arguments: "{raise_at: 2}"), 70, ["toy", "seed", "RuntimeError: the toy is broken"]),
        (taskFile(arguments: "{nan_at: 2}"), 70, ["toy", "step 2", "seed", "observations is not finite"]),
        (taskFile(arguments: "{nan_reward_at: 3}"), 70, ["toy", "step 2", "seed", "rewards is not finite"]),
        (taskFile(width: 4), 70, ["toy", "3", "4"]),
        (taskFile("nowhere:Toy"), 70, ["toy", "No module named 'nowhere'", "module:Class"]),
        (taskFile(more: ", python: no-such-python"), 69, ["no-such-python"]),
        (
            taskFile("reach-v3", more: ", python: python3").replacing("library: python", with: "library: metaworld"),
            70,
            ["no package 'metaworld'", "make worker"]
        ),
    ]

    @Test(arguments: troubles) func troubleNamesTheTaskAndWhatIsThereStaysWhole(
        text: String, code: Int32, mentions: [String]
    ) throws {
        try write(text)
        func collect() throws -> Program.Result {
            try run(
                "data", "collect", "--quiet", "--players", "random", "--task-file", "toy.yaml", "--tasks", "ant-dir-00",
                "toy", "--episodes", "4", "--data", "data")
        }
        let result = try collect()
        #expect(result.code == code, "\(result.errors)")
        for mention in mentions { #expect(result.errors.contains(mention), "\(mention): \(result.errors)") }
        #expect(!result.errors.contains("Fatal error"))
        // Without a Python nothing is begun.
        if code == 70 {
            #expect(try run("data", "verify", "--data", "data").output.contains("1 tasks, all sound"))
        }
        let before = try? contents("data/ant-dir-00.safetensors")
        // Put right, the same command goes on.
        try write(Self.taskFile())
        #expect(try collect().code == 0)
        #expect(try TrajectoryStore(folder.url.appendingPathComponent("data")).tasks.count == 2)
        if let before { #expect(try contents("data/ant-dir-00.safetensors") == before) }
    }

    /// However the program ends, its workers do, too, even one that is stuck.
    @Test func noWorkerOutlivesTheProgram() throws {
        try write(Self.taskFile(arguments: "{hang_at: 2, once: '\(folder.path("stuck"))'}"))
        let stuck = folder.url.appendingPathComponent("stuck")
        let result = try Program.run(
            [
                "data", "collect", "--quiet", "--task-file", "toy.yaml", "--tasks", "toy", "--episodes", "4", "--data",
                "data",
            ], in: folder.url, onceThereAre: [stuck])
        #expect(result.wasKilled)
        let worker = try #require(pid_t(String(contentsOf: stuck, encoding: .utf8)))
        for _ in 0..<500 where kill(worker, 0) == 0 { usleep(10_000) }
        #expect(kill(worker, 0) == -1 && errno == ESRCH)
    }

    @Test func whatIsPrintedChangesNothing() throws {
        for (name, arguments) in [("quiet", "{}"), ("loud", "{loud: true}")] {
            try write(Self.taskFile(arguments: arguments))
            let result = try run(
                "data", "collect", "--quiet", "--task-file", "toy.yaml", "--tasks", "toy", "--episodes", "4", "--data",
                name)
            #expect(result.code == 0 && !result.output.contains("printed by"), "\(result.errors)")
        }
        #expect(try contents("quiet/toy.safetensors") == contents("loud/toy.safetensors"))
    }
}
