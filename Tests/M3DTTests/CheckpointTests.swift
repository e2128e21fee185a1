import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTRandom
import M3DTStorage
import M3DTTasks
import M3DTTensor
import Testing

@testable import M3DTModel

/// Checkpoints of other projects become policies that act, and policies become theirs.
@Suite struct CheckpointTests {
    /// What the reference computed, through a policy folder made of its files.
    @Test(arguments: [
        (["prompt_model_mini_iter_10_seed0"], "backbone", "PromptDT"),
        (["expert_0_iter_10", "prompt_model_mini_iter_10_seed0"], "expert0", "M3DT"),
        (["prompt_model_mini_iter_10_seed0", "moe__iter_10"], "moe", "M3DT"),
    ])
    func anImportedPolicyComputesWhatTheReferenceDid(files: [String], golden: String, method: String) throws {
        let folder = try TemporaryFolder()
        let store = try CheckpointSamples.store(in: folder)
        let process = CheckpointSamples.importing(files)
        let destination = folder.url.appendingPathComponent("policy")
        let description = try process.run(data: store, tasks: store.tasks, to: destination)
        #expect(description.method == method && description.leaksUnusedActions)
        #expect(description.model.residual == (method == "M3DT" ? .normalized : .preserved))

        let loaded = try PolicyFolder(contentsOf: destination)
        guard case .shared(let model as PromptDT, let branch) = loaded.network else { throw CancellationError() }
        let context = ForwardContext(precision: .float32)
        let ours = try Gradients.off {
            try model.predictions(
                CheckpointSamples.goldenInput(), branch: branch.map { BranchPass($0, context) }, context)
        }
        let recorded = try CheckpointSamples.golden(golden)
        for (name, computed) in [
            ("out.action_preds", ours.actions), ("out.state_preds", ours.states), ("out.return_preds", ours.returns),
        ] {
            let comparison = try GoldenComparison(name, computed, golden: .read(name, from: recorded))
            #expect(comparison.holds, "\(golden) \(name): \(comparison.largestDeviation)")
        }

        // Scaling, target and prompts are the reference's, made of the data.
        let profile = loaded.description.tasks[0]
        let statistics = try store.storedTask(CheckpointSamples.task.name).statistics
        #expect(profile.scaling == statistics.scaling(.reference))
        #expect(profile.targetReturn == CheckpointSamples.task.targetReturn)
        #expect(profile.prompts.rows == 1 && profile.prompts.length == 2)
        let episode = try M3DTPolicy(contentsOf: destination).start(task: CheckpointSamples.task.name)
        let first = try episode.act(observation: Array(repeating: 0.3, count: 7), reward: 0)
        let second = try episode.act(observation: Array(repeating: -0.2, count: 7), reward: 1)
        #expect(first.count == 2 && first != second)
    }

    @Test func theProgramImportsFilesOfTorchAndPlaysThem() throws {
        let folder = try TemporaryFolder()
        func run(_ arguments: [String]) throws -> Program.Result { try Program.run(arguments, in: folder.url) }
        let collected = try run(
            ["data", "collect", "--quiet", "--tasks", "ant-dir-00", "--episodes", "4", "--data", "data"])
        #expect(collected.code == 0, "\(collected.errors)")
        let files = ["prompt_model_tiny_iter_5_seed0", "moe__iter_5"].map {
            CheckpointSamples.file("checkpoints/\($0)").path
        }
        let told = try run(["checkpoint", "info", files[1]])
        #expect(told.code == 0 && told.output.contains("routers and experts of the reference release"))
        #expect(told.output.contains("width 8, layers 2, experts 2"), "\(told.output)")
        let arguments = ["checkpoint", "import"] + files + ["--data", "data", "--policy", "policy"]
        let mistaken = try run(arguments + ["--heads", "3"])
        #expect(mistaken.code == 64 && mistaken.errors.contains("--heads"), "\(mistaken.errors)")
        let imported = try run(
            arguments + ["--heads", "2", "--context-steps", "4", "--prompt-steps", "2", "--name", "released"])
        #expect(imported.code == 0, "\(imported.errors)")
        let again = try run(arguments)
        #expect(again.code == 65 && again.errors.contains("policy is there already"), "\(again.errors)")
        let played = try run(["evaluate", "--quiet", "--policy", "policy", "--episodes", "1", "--seeds", "0"])
        #expect(played.code == 0 && played.output.contains("ant-dir-00"), "\(played.errors)")
        let refused = try run(["checkpoint", "export", "--policy", "policy", "out"])
        #expect(refused.code == 65 && refused.errors.contains("2"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }

    @Test func theProgramTakesInAModelOfHuggingFaceAndGivesItBack() throws {
        let folder = try TemporaryFolder()
        _ = try CheckpointSamples.store(in: folder, observationWidth: 5)
        func run(_ arguments: [String]) throws -> Program.Result { try Program.run(arguments, in: folder.url) }
        let source = CheckpointSamples.file("huggingface").path
        let imported = try run(["checkpoint", "import", source, "--data", "data", "--policy", "policy"])
        #expect(imported.code == 0 && imported.output.contains("DT"), "\(imported.errors)")
        let written = try run(["checkpoint", "export", "--policy", "policy", "out"])
        #expect(written.code == 0, "\(written.errors)")
        let told = try run(["checkpoint", "info", "--json", "out"])
        #expect(told.output.contains("Hugging Face's DecisionTransformerModel"), "\(told.output)")
        let tasks = try JSONDecoder().decode(
            [TaskProfile].self, from: Data(contentsOf: folder.url.appendingPathComponent("out/tasks.json")))
        #expect(tasks.map(\.task.name) == [CheckpointSamples.task.name] && tasks[0].scaling.mean.count == 5)
        // The first row of positions has gone into a bias; nothing else has changed.
        let (before, after) = (
            try HuggingFaceCheckpoint.read(CheckpointSamples.file("huggingface")),
            try HuggingFaceCheckpoint.read(folder.url.appendingPathComponent("out"))
        )
        for (old, new) in zip(before.namedParameters, after.namedParameters) {
            #expect(try old.parameter.value.floats() == new.parameter.value.floats(), "\(old.name)")
        }
    }

    @Test(arguments: [
        (CheckpointSamples.description { $0.promptSteps = 5 }, CheckpointError.Obstacle.prompt(steps: 5), "5 steps"),
        (CheckpointSamples.description(experts: 3), .experts(count: 3), "this policy has 3"),
        (CheckpointSamples.description { $0.input = .noReturns }, .input(.noReturns), "takes none"),
        (CheckpointSamples.description { $0.input = .bins }, .input(.bins), "three tokens"),
        (CheckpointSamples.description(weights: .masked), .masks, "masks its weights"),
        (CheckpointSamples.description(weights: .separate), .separateModels(count: 1), "one for each task"),
    ])
    func whatCannotBeExportedIsSaid(policy: PolicyDescription, obstacle: CheckpointError.Obstacle, text: String) throws
    {
        let folder = try TemporaryFolder()
        let url = folder.url.appendingPathComponent("policy")
        try PolicyFolder.write(policy, network: PolicyNetwork(policy, stream: RandomStream(seed: 0)), to: url)
        let error = CheckpointError.notExportable(policy: "p", obstacle)
        #expect(throws: error) {
            try CheckpointExport.write(
                PolicyFolder(contentsOf: url), named: "p", to: folder.url.appendingPathComponent("out"))
        }
        #expect(error.description.contains(text), "\(error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["policy"])
    }

    @Test(arguments: [
        ("reference-small/expert_0_iter_10", CheckpointSummary.Kind.referenceExpert, ["width 32", "layers 2"]),
        (
            "reference-small/prompt_model_mini_iter_10_seed0", .referenceBackbone,
            ["width 32", "layers 2", "observation 7", "action 3", "timesteps 50"]
        ),
        ("reference-small/moe__iter_10", .referenceMixture, ["width 32", "layers 2", "experts 3"]),
        (
            "huggingface", .huggingFace, ["width 16", "layers 2", "observation 5", "action 3", "timesteps 30"]
        ),
        ("python-safetensors/linear.safetensors", .unknown, []),
    ])
    func theKindOfAFileIsSeenFromItsTensors(path: String, kind: CheckpointSummary.Kind, sizes: [String]) throws {
        let summary = try CheckpointSummary(contentsOf: CheckpointSamples.file(path))
        #expect(summary.kind == kind && summary.sizes == sizes, "\(summary.kind) \(summary.sizes)")
    }

    @Test func policiesAndTrajectoriesAreKnownToo() throws {
        let folder = try TemporaryFolder()
        let store = try CheckpointSamples.store(in: folder)
        let data = folder.url.appendingPathComponent("data/\(CheckpointSamples.task.name).safetensors")
        #expect(try CheckpointSummary(contentsOf: data).kind == .trajectories)
        let policy = folder.url.appendingPathComponent("policy")
        let files = ["prompt_model_mini_iter_10_seed0", "moe__iter_10"]
        _ = try CheckpointSamples.importing(files).run(data: store, tasks: store.tasks, to: policy)
        let summary = try CheckpointSummary(contentsOf: policy)
        #expect(summary.kind == .policy)
        #expect(
            summary.sizes
                == ["width 32", "layers 2", "observation 7", "action 3", "timesteps 50", "experts 3"])
        #expect(
            summary.numbers
                == (try PolicyFolder(contentsOf: policy).network.namedParameters).reduce(0) {
                    $0 + $1.parameter.value.count
                })
    }
}
