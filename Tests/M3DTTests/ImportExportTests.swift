import Foundation
import M3DTData
import M3DTWorker
import Testing

/// Trajectories go out and come in again, through the program.
@Suite(.enabled(if: WorkerInstallation.standard.has(group: "formats"), "needs the packages of: make worker"))
struct ImportExportTests {
    @Test func aDataFolderGoesOutAndComesInAgain() throws {
        let folder = try TemporaryFolder()
        func run(_ arguments: [String]) throws -> Program.Result { try Program.run(arguments, in: folder.url) }
        let collected = try run(
            [
                "data", "collect", "--quiet", "--tasks", "ant-dir-00", "cheetah-vel-30", "--episodes", "4", "--data",
                "data",
            ])
        #expect(collected.code == 0, "\(collected.errors)")
        let exported = try run(["data", "export", "--format", "npz", "--data", "data", "out"])
        #expect(exported.code == 0, "\(exported.errors)")
        #expect(exported.output.contains("2 tasks, 8 episodes"))

        let rehearsed = try run(["data", "import", "--format", "npz", "out", "--data", "again", "--dry-run", "--json"])
        #expect(rehearsed.code == 0, "\(rehearsed.errors)")
        #expect(rehearsed.output.contains(#""task":"ant-dir-00""#))
        #expect(!FileManager.default.fileExists(atPath: folder.path("again")))

        let imported = try run(["data", "import", "--format", "npz", "out", "--data", "again"])
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(try run(["data", "verify", "--data", "again"]).code == 0)
        let (before, after) = try (
            TrajectoryStore(folder.url.appendingPathComponent("data")),
            TrajectoryStore(folder.url.appendingPathComponent("again"))
        )
        #expect(before.tasks == after.tasks)
        for task in before.tasks {
            let (old, new) = (try before.trajectories(task.name), try after.trajectories(task.name))
            let order = old.episodes(.training) + old.episodes(.prompt)
            #expect(order.map(old.trajectory) == (0..<new.episodeCount).map(new.trajectory))
        }

        // Once more: everything is there already.
        let repeated = try run(["data", "import", "--format", "npz", "out", "--data", "again"])
        #expect(repeated.code == 0 && repeated.output.contains("was imported before"), "\(repeated.errors)")
        // A prompt rule of its own is another import.
        let other = try run(["data", "import", "--format", "npz", "out", "--data", "again", "--prompts", "best"])
        #expect(other.code == 65 && other.errors.contains("same options"), "\(other.errors)")
        let twice = try run(["data", "export", "--format", "npz", "--data", "data", "out"])
        #expect(twice.code == 65 && twice.errors.contains("there already"), "\(twice.errors)")
    }

    @Test(
        arguments: [
            (["--format", "mt160", "nowhere", "--data", "d"], 66, "nowhere"),
            (["--format", "d4lr", "nowhere", "--data", "d"], 64, "d4lr"),
            (["--format", "d4rl", "nowhere"], 64, "--dry-run"),
            (["--format", "d4rl", "/proc/version", "--data", "d", "--rename", "ab"], 64, "FROM=TO"),
            (["--format", "d4rl", "/proc/version", "--data", "d", "--task-file", "t.yaml"], 78, "t.yaml"),
        ] as [([String], Int32, String)])
    func badInputHasACodeAndANameAndWritesNothing(arguments: [String], code: Int32, mention: String) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["data", "import"] + arguments, in: folder.url)
        #expect(result.code == code, "\(arguments): \(result.errors)")
        #expect(result.errors.contains(mention), "\(arguments): \(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
}
