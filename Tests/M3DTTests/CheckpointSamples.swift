import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTStorage
import M3DTTasks
import M3DTTensor

/// Data for the reference's small files, and policies of all forms.
enum CheckpointSamples {
    /// 7 observed numbers, as the small model takes, and one action fewer than it gives.
    static let task = task()

    static func task(observationWidth: Int = 7, episodeSteps: Int = 12) -> TaskSpecification {
        TaskSpecification(
            name: "walk", domain: .custom, observationWidth: observationWidth, actionWidth: 2,
            episodeSteps: episodeSteps, targetReturn: 30, returnScale: 10, score: .linear(offset: 0, range: 30),
            evaluationEpisodes: 1)
    }

    static func file(_ path: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/\(path)")
    }

    /// The files of `reference-small` with the sizes that they do not tell.
    static func importing(_ names: [String]) -> CheckpointImport {
        importing(names.map { file("reference-small/\($0)") })
    }

    static func importing(_ files: [URL]) -> CheckpointImport {
        var process = CheckpointImport(files)
        (process.heads, process.contextSteps, process.promptSteps) = (4, 5, 2)
        return process
    }

    /// A store of four episodes in the folder `data`.
    static func store(
        in folder: TemporaryFolder, observationWidth: Int = 7, episodeSteps: Int = 12
    ) throws -> TrajectoryStore {
        let url = folder.url.appendingPathComponent("data")
        let task = task(observationWidth: observationWidth, episodeSteps: episodeSteps)
        let recorder = try TrajectoryStoreWriter(url, recipe: StoreRecipe(name: "sample", seed: 0)).record(task)
        for number in 0..<4 {
            let steps = 8 + number
            try recorder.append(
                Trajectory(
                    task: task.name,
                    observations: (0..<steps * task.observationWidth).map { Float($0 * $0 % 11 + number) },
                    actions: (0..<steps * task.actionWidth).map { Float($0 % 3) / 4 },
                    rewards: (0..<steps).map { Float($0 + number) }, successes: [Bool](repeating: false, count: steps),
                    source: "sample"))
        }
        try recorder.finish()
        return try TrajectoryStore(url)
    }

    static func golden(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: file("reference-small/\(name).safetensors"))
    }

    /// The batch that the reference computed.
    static func goldenInput() throws -> ModelInput {
        let inputs = try golden("inputs")
        func steps(_ prefix: String, mask: String) throws -> StepTensors {
            try StepTensors(
                states: .read(prefix + "states", from: inputs), actions: .read(prefix + "actions", from: inputs),
                returnsToGo: .read(prefix + "returns_to_go", from: inputs),
                timesteps: .read(prefix + "timesteps", from: inputs), mask: .read(mask, from: inputs))
        }
        return try ModelInput(
            context: steps("", mask: "attention_mask"), prompt: steps("prompt_", mask: "prompt_attention_mask"))
    }

    /// A policy without prompts for one task, but for what is changed.
    static func description(
        experts: Int? = nil, weights: TaskWeights = .shared, _ change: (inout ModelConfiguration) -> Void = { _ in }
    ) -> PolicyDescription {
        var model = ModelConfiguration(
            stateWidth: 7, actionWidth: 2, width: 8, layers: 1, heads: 2, contextSteps: 3, promptSteps: 0,
            episodeSteps: 12)
        change(&model)
        var prompts = StepSegments(
            rows: model.promptSteps > 0 ? 1 : 0, length: model.promptSteps, stateWidth: 7, actionWidth: 2)
        prompts.actions = prompts.actions.map { _ in 0 }
        let scaling = ObservationScaling(
            mean: [Float](repeating: 0, count: 7), deviation: [Float](repeating: 1, count: 7), clip: nil)
        let profile = TaskProfile(task: task, scaling: scaling, targetReturn: 1, prompts: prompts)
        return PolicyDescription(
            method: "test", model: model, mixture: experts.map { MixtureConfiguration(experts: $0) },
            taskWeights: weights, tasks: [profile])
    }
}
