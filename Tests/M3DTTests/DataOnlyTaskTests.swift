import Foundation
import M3DT
import M3DTData
import M3DTTasks
import Testing

/// A task of a user's own without a simulator: it is trained on, and where policies are played it is passed over.
@Suite struct DataOnlyTaskTests {
    private static let recipe = """
        name: tiny
        method: backbone
        model: {width: 16, layers: 1, heads: 2, contextSteps: 4, promptSteps: 2, stateWidth: 27, episodeSteps: 200}
        data: {rows: 4}
        backbone: {steps: 4, warmUpSteps: 1, checkpointEvery: 4, logEvery: 2}
        evaluation: {episodes: 1, seeds: [0]}
        """
    private static let taskFile = """
        name: my-robot
        observationWidth: 3
        actionWidth: 2
        episodeSteps: 9
        targetReturn: 9
        """

    /// Four episodes of a task.
    private func record(_ task: TaskSpecification, _ writer: TrajectoryStoreWriter) throws {
        let recorder = try writer.record(task)
        for number in 0..<4 {
            let steps = 6 + number % 3
            try recorder.append(
                Trajectory(
                    task: task.name,
                    observations: (0..<steps * task.observationWidth).map { Float($0 % 7 + number) },
                    actions: (0..<steps * task.actionWidth).map { Float($0 % 3) / 4 },
                    rewards: (0..<steps).map { Float($0 + number) }, successes: [Bool](repeating: false, count: steps),
                    source: "me"))
        }
        try recorder.finish()
    }

    @Test func itIsTrainedOnAndPassedOverWhereItWouldBePlayed() throws {
        let folder = try TemporaryFolder()
        let robot = try TaskFile(yaml: Self.taskFile, source: "robot.yaml").task
        let writer = try TrajectoryStoreWriter(
            folder.url.appendingPathComponent("data"), recipe: StoreRecipe(name: "mine", seed: 0))
        for task in [robot, try TaskRegistry.standard.task(named: "ant-dir-00")] { try record(task, writer) }
        try Self.recipe.write(toFile: folder.path("recipe.yaml"), atomically: true, encoding: .utf8)

        func run(_ arguments: String...) throws -> Program.Result { try Program.run(arguments, in: folder.url) }
        let trained = try run("train", "--quiet", "--recipe", "recipe.yaml", "--data", "data", "--run", "run")
        #expect(trained.code == 0, "\(trained.errors)")
        let played = try run("evaluate", "--quiet", "--run", "run")
        #expect(played.code == 0, "\(played.errors)")
        #expect(played.errors.contains("skipped: task my-robot has data but no environment"))
        #expect(played.output.contains("ant-dir-00") && !played.output.contains("my-robot"))
        let asked = try run("evaluate", "--quiet", "--run", "run", "--tasks", "my-robot")
        #expect(asked.code == 64)
        #expect(asked.errors.contains("--task-file"))
    }

    @Test func itIsListedWithItsFile() throws {
        let folder = try TemporaryFolder()
        try Self.taskFile.write(toFile: folder.path("robot.yaml"), atomically: true, encoding: .utf8)
        let listed = try Program.run(["tasks", "--task-file", "robot.yaml", "my-robot"], in: folder.url)
        #expect(listed.code == 0, "\(listed.errors)")
        #expect(listed.output.contains("my-robot"))
        try (Self.taskFile + "\nstebs: 1").write(toFile: folder.path("robot.yaml"), atomically: true, encoding: .utf8)
        let refused = try Program.run(["tasks", "--task-file", "robot.yaml"], in: folder.url)
        #expect(refused.code == 78)
        #expect(refused.errors.contains("robot.yaml: task files have no key 'stebs'"))
    }
}
