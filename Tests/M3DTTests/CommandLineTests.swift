import Foundation
import M3DTReports
import M3DTSimulation
import M3DTTasks
import Testing

/// Bad input, as a user meets it: an exit code of its own, one line that names the thing, and nothing written.
@Suite struct CommandLineTests {
    @Test(
        arguments: [
            (["tasks", "ant-dir-7"], 64, "ant-dir-07"),
            (["train", "--recipe", "smal", "--data", "d", "--run", "r"], 78, "small"),
            (
                ["train", "--recipe", "small", "--set", "backbone.step=1", "--data", "d", "--run", "r"], 78,
                "backbone.steps"
            ),
            (["train", "bakbone", "--recipe", "small", "--data", "d", "--run", "r"], 66, "d"),
            (["train", "--recipe", "small", "--data", "nowhere", "--run", "r"], 66, "nowhere"),
            (["train", "--recipe", "small", "--data", "d", "--run", "r", "--device", "cuda:7"], 69, "cuda:7"),
            (["train", "--recipe", "small", "--data", "d", "--run", "r", "--device", "gpu"], 64, "gpu"),
            (["evaluate", "--policy", "nowhere"], 66, "nowhere"),
            (["evaluate"], 64, "--run"),
            (["report", "--run", "nowhere"], 66, "nowhere"),
            (["goldens", "nowhere"], 65, "nowhere"),
            (["train", "--recipt", "small"], 64, "--recipe"),
            (["data", "collect", "--tasks", "cheetah-val", "--data", "d"], 64, "cheetah-vel"),
            (["data", "collect", "--suite", "mt50", "--data", "d"], 64, "mt40"),
            (["data", "collect", "--tasks", "ant-dir-00", "--data", "/sys/here"], 73, "/sys/here"),
            (
                ["data", "actors", "--tasks", "ant-dir-00", "--states", "/dev/null/s", "--library", "l"], 73,
                "/dev/null"
            ),
            (
                ["data", "actors", "--tasks", "ant-dir", "--rounds", "0", "--states", "s", "--library", "l"], 64,
                "rounds"
            ),
            (
                ["data", "actors", "--tasks", "ant-dir", "--set", "discont=0.9", "--states", "s", "--library", "l"], 64,
                "discount"
            ),
            (
                ["data", "actors", "--tasks", "ant-dir", "--set", "batch=0.5", "--states", "s", "--library", "l"], 64,
                "batch=0.5"
            ),
            (
                [
                    "data", "actors", "--tasks", "hopper-hop", "--from", "hopper-stand", "--states", "s", "--library",
                    "l",
                ],
                64, "no actor"
            ),
            (
                ["data", "demonstrators", "--tasks", "walker-walk", "--states", "s", "--library", "l"], 64,
                "m3dt data actors"
            ),
            (["checkpoint", "info", "nowhere.safetensors"], 66, "nowhere.safetensors"),
        ] as [([String], Int32, String)])
    func badInputHasACodeAndANameAndWritesNothing(arguments: [String], code: Int32, mention: String) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(arguments, in: folder.url)
        #expect(result.code == code, "\(arguments): \(result.errors)")
        #expect(result.errors.contains(mention), "\(arguments): \(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    /// Loading libtorch takes longer than all else that such a command does.
    @Test(
        arguments: [
            (["--help"], false), (["tasks"], false), (["data", "collect", "--help"], false),
            (["checkpoint", "info", "nowhere"], false), (["report", "--run", "nowhere"], false),
            (["train", "--recipe", "small", "--data", "d", "--run", "r", "--device", "cuda:7"], true),
        ] as [([String], Bool)])
    func onlyWhatComputesLoadsLibtorch(arguments: [String], computes: Bool) throws {
        #if os(Linux)
            let folder = try TemporaryFolder()
            let result = try Program.run(arguments, in: folder.url, environment: ["LD_DEBUG": "files"])
            // The system's loader names each file that it opens.
            #expect(result.errors.contains("libmujoco.so"))
            #expect(result.errors.contains("libtorch_cpu.so") == computes)
        #endif
    }

    @Test func aFolderOfTheSameNameDoesNotHideABuiltInRecipe() throws {
        let folder = try TemporaryFolder()
        for name in ["demo", "demo-promptdt"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: false)
            let arguments = ["train", "--data", "nowhere", "--run", "r", "--recipe"]
            #expect(try Program.run(arguments + [name], in: folder.url).errors.contains("nowhere"))
            #expect(
                try Program.run(arguments + ["./" + name], in: folder.url).errors.contains("cannot be read as text"))
        }
    }

    private static let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/reference-small").path

    @Test(
        "The goldens hold with the vectors of every generation that the processor has",
        arguments: ["avx512", "avx2", "none"])
    func theGoldensHold(vectors: String) throws {
        let result = try Program.run(["goldens", Self.goldens], environment: ["M3DT_VECTORS": vectors])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("all 142 tensors hold"))
    }

    @Test func vectorsThatThereAreNotAreRefused() throws {
        let result = try Program.run(["goldens", Self.goldens], environment: ["M3DT_VECTORS": "avx"])
        #expect(result.code == 64)
        #expect(result.errors == "m3dt: M3DT_VECTORS is 'avx' in the environment; it may be avx512, avx2 or none\n")
    }

    @Test func actorsAreTrainedAndKept() throws {
        let folder = try TemporaryFolder()
        let arguments = ["data", "actors", "--rounds", "1", "--states", "states", "--library", "library", "--tasks"]
        for task in ["cheetah-vel-03", "cheetah-vel-03", "cheetah-vel-04"] {
            let result = try Program.run(arguments + [task], in: folder.url)
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output.contains("\(task): actors chosen"))
        }
        let library = try ActorLibrary(file: folder.url.appendingPathComponent("library/actors.safetensors"))
        #expect(library.tasks == ["cheetah-vel-03", "cheetah-vel-04"])
        let other = try Program.run(arguments + ["cheetah-vel-03", "--seed", "1"], in: folder.url)
        #expect(other.code == 70)
        #expect(other.errors.contains("states/cheetah-vel-03-ppo.safetensors"))
        let soft = try Program.run(arguments + ["cheetah-vel-03", "--method", "soft"], in: folder.url)
        #expect(soft.code == 0, "\(soft.errors)")
        let changed = try ActorLibrary(file: folder.url.appendingPathComponent("library/actors.safetensors"))
        let task = try TaskRegistry.standard.task(named: "cheetah-vel-03")
        #expect(library.actors(for: task).map(\.label) == ["ppo:best"])
        #expect(changed.actors(for: task).map(\.label) == ["sac:best"])
    }

    @Test func tasksAreListedAlsoForMachines() throws {
        let result = try Program.run(["tasks", "--json"])
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 160)
        let first = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String]
        #expect(first?["task"] != nil)
    }

    @Test func whatDataHoldsIsATableAlsoInAFile() throws {
        let folder = try TemporaryFolder()
        let collect = ["data", "collect", "--quiet", "--data", "d", "--episodes", "4", "--tasks"]
        let made = try Program.run(collect + ["ant-dir-00", "pendulum-swingup"], in: folder.url)
        #expect(made.code == 0, "\(made.errors)")
        let arguments = ["data", "info", "--data", "d", "--tasks", "dmcontrol", "--sources", "--csv", "table.csv"]
        let result = try Program.run(arguments, in: folder.url)
        #expect(result.code == 0, "\(result.errors)")
        #expect(!result.output.contains("ant-dir-00"))
        let table = try CSVTable(contentsOf: folder.url.appendingPathComponent("table.csv"))
        #expect(table.columns.prefix(3) == ["task", "source", "episodes"])
        #expect(table.rows.allSatisfy { $0[0] == "pendulum-swingup" })
        #expect(table.rows.map { $0[1] }.contains("mpc:best"))
        #expect(table.rows.dropFirst().reduce(0) { $0 + (Int($1[2]) ?? 0) } == 4)
    }
}
