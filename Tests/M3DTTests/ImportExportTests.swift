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

    static let damages: [(kind: String, mentions: [String])] = [
        ("missing", ["2.npz", "rewards", "cheetah-vel-30", "missing"]),
        ("shape", ["2.npz", "actions", "cheetah-vel-30", "steps"]),
        ("nan", ["2.npz", "observations", "cheetah-vel-30", "step 0", "finite"]),
        ("gap", ["2.npz is missing", "cheetah-vel-30", "3.npz"]),
        ("junk", ["2.npz", "cheetah-vel-30", "npz"]),
    ]

    @Test(arguments: damages)
    func aDamagedFileIsNamedAndWhatWasImportedStaysWhole(kind: String, mentions: [String]) throws {
        let folder = try exported()
        func run(_ arguments: String...) throws -> Program.Result { try Program.run(arguments, in: folder.url) }
        let arguments = ["data", "import", "--quiet", "--format", "npz", "out", "--data", "again"]
        #expect(try Program.run(arguments + ["--tasks", "ant-dir-00"], in: folder.url).code == 0)
        let before = try Data(contentsOf: folder["again/ant-dir-00.safetensors"])
        try damage(kind, folder.path("out/cheetah-vel-30/2.npz"))
        let result = try Program.run(arguments, in: folder.url)
        #expect(result.code == 65, "\(result.errors)")
        for mention in mentions { #expect(result.errors.contains(mention), "\(mention): \(result.errors)") }
        // After what is wrong comes what to do.
        #expect(result.errors.contains("; "))
        let store = try TrajectoryStore(folder.url.appendingPathComponent("again"))
        #expect(store.tasks.map(\.name) == ["ant-dir-00"])
        #expect(try run("data", "verify", "--data", "again").code == 0)
        #expect(try Data(contentsOf: folder["again/ant-dir-00.safetensors"]) == before)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("again")).sorted()
        #expect(files == ["ant-dir-00.safetensors", "manifest.json", "versions.json"])
        // Put right, the same command takes what is missing.
        _ = try run("data", "export", "--format", "npz", "--data", "data", "whole")
        #expect(try run("data", "import", "--quiet", "--format", "npz", "whole", "--data", "again").code == 0)
    }

    @Test(arguments: [("double", "float64 becomes float32"), ("padded", "padding is removed: observations from 39")])
    func whatCanBePutRightIsPutRightAndSaid(kind: String, note: String) throws {
        let folder = try exported()
        for episode in 0..<4 { try damage(kind, folder.path("out/cheetah-vel-30/\(episode).npz")) }
        let arguments = ["data", "import", "--quiet", "--format", "npz", "out", "--data", "again"]
        #expect(try Program.run(arguments + ["--dry-run", "--json"], in: folder.url).output.contains(note))
        #expect(try Program.run(arguments, in: folder.url).code == 0)
        let (before, after) = try (
            TrajectoryStore(folder.url.appendingPathComponent("data")).trajectories("cheetah-vel-30"),
            TrajectoryStore(folder.url.appendingPathComponent("again")).trajectories("cheetah-vel-30")
        )
        let order = before.episodes(.training) + before.episodes(.prompt)
        #expect(order.map(before.trajectory) == (0..<4).map(after.trajectory))
    }

    @Test func aPickleThatWouldRunCodeIsRefused() throws {
        let folder = try TemporaryFolder()
        try damage("attack", folder.path("hopper-v2.pkl"))
        let result = try Program.run(
            ["data", "import", "--quiet", "--format", "decision-transformer", "hopper-v2.pkl", "--data", "data"],
            in: folder.url)
        #expect(result.code == 65, "\(result.errors)")
        for part in ["hopper-v2.pkl", "system", "hopper"] { #expect(result.errors.contains(part), "\(result.errors)") }
        #expect(!FileManager.default.fileExists(atPath: folder.path("ran")))
    }

    /// Two tasks with four episodes each, in the folder `data`, and as npz in the folder `out`.
    private func exported() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for arguments in [
            [
                "data", "collect", "--quiet", "--tasks", "ant-dir-00", "cheetah-vel-30", "--episodes", "4", "--data",
                "data",
            ],
            ["data", "export", "--format", "npz", "--data", "data", "out"],
        ] {
            let result = try Program.run(arguments, in: folder.url)
            #expect(result.code == 0, "\(result.errors)")
        }
        return folder
    }

    private func damage(_ kind: String, _ file: String) throws {
        let interpreter = WorkerInstallation.standard.packages.appendingPathComponent("formats/interpreter")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Worker/damage.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [try String(contentsOf: interpreter, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)]
            + ["-S", "-B", script.path, kind, file]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
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
