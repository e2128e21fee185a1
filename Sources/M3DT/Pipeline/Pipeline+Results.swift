import Foundation
import M3DTEvaluation
import M3DTModel
import M3DTTraining

// What finished stages have given, and the policy made of it.
extension Pipeline {
    /// The backbone of stage 1.
    ///
    /// - Throws: ``RunError`` where it is not finished.
    func finishedBackbone(for stage: StageKind) throws -> any SequenceModel {
        recipe.method == .addTasks
            ? try baseNetwork().backbone
            : try finished(backboneStage(), in: run.backbone, as: .backbone, for: stage).backbone
    }

    /// The groups of tasks.
    ///
    /// - Throws: ``RunError`` where they have not been made.
    func finishedGrouping(for stage: StageKind) throws -> Grouping {
        guard FileManager.default.fileExists(atPath: run.grouping.path) else { throw missing(.group, for: stage) }
        return try Grouping(contentsOf: run.grouping)
    }

    /// The experts of stage 2.
    ///
    /// - Throws: ``RunError`` where one is not finished.
    func finishedExperts(beside backbone: any SequenceModel) throws -> [Expert] {
        try finishedGrouping(for: .router).experts.indices.dropFirst(recipe.base.experts).map { number in
            let stage = try ExpertStage(
                number, beside: backbone, options: recipe.mixture.expert, seed: recipe.seed)
            let folder = run.experts.appendingPathComponent("\(number)")
            return try finished(stage, in: folder, as: .experts, for: .router).expert
        }
    }

    /// The last stage has left its weights.
    func isComplete() -> Bool {
        switch recipe.method {
        case .m3dt, .addTasks: StageFolder(run.router).isFinished
        case .backbone, .harmodt: StageFolder(run.backbone).isFinished
        case .moe: StageFolder(run.joint).isFinished
        case .fineTune: StageFolder(run.fineTune).isFinished
        case .singleTask: sampler.tasks.indices.allSatisfy { StageFolder(agentFolder($0)).isFinished }
        }
    }

    /// Makes the policy folder of finished stages.
    ///
    /// - Throws: `StorageError` where it cannot be written, `PolicyError` where weights are not finite.
    func writePolicy() throws {
        let (network, profiles, steps) = (try finishedNetwork(), try profiles(), try takenSteps())
        let mixture = network.branch.flatMap { $0 as? MixtureOfExperts }?.configuration
        let description = PolicyDescription(
            method: recipe.name, model: recipe.model.configuration, mixture: mixture,
            taskWeights: network.taskWeights, precision: recipe.precision,
            leaksUnusedActions: recipe.evaluation.leaksUnusedActions,
            tasks: profiles,
            origin: ["run": run.url.lastPathComponent, "seed": "\(recipe.seed)", "steps": "\(steps)"])
        try PolicyFolder.write(description, network: network, to: run.policy)
    }

    /// The optimiser steps of all stages together, of which the first may have ended early.
    private func takenSteps() throws -> Int {
        let first =
            switch recipe.method {
            case .moe: run.joint
            case .fineTune: run.fineTune
            default: run.backbone
            }
        let spared = try StageFolder(first).readEnd().map { recipe.backbone.steps - $0.step }
        return recipe.totalSteps - (spared ?? 0)
    }

    private func finishedNetwork() throws -> PolicyNetwork {
        switch recipe.method {
        case .m3dt, .addTasks:
            let stage = try finished(routerStage(), in: run.router, as: .router, for: .router)
            return .shared(stage.backbone, branch: stage.mixture)
        case .backbone:
            return .shared(try finishedBackbone(for: .backbone), branch: nil)
        case .harmodt:
            let stage = try finished(harmonyStage(), in: run.backbone, as: .backbone, for: .backbone)
            return .masked(stage.backbone, stage.masks)
        case .moe:
            let stage = try finished(jointStage(), in: run.joint, as: .joint, for: .joint)
            return .shared(stage.backbone, branch: stage.mixture)
        case .fineTune:
            let stage = try finished(fineTuneStage(), in: run.fineTune, as: .fineTune, for: .fineTune)
            return .shared(stage.backbone, branch: stage.mixture)
        case .singleTask:
            return .separate(
                try sampler.tasks.indices.map { task in
                    try finished(agentStage(task), in: agentFolder(task), as: .agents, for: .agents).backbone
                })
        }
    }

    /// A stage with the weights that it had when it was finished.
    private func finished<Stage: Trainable>(
        _ stage: Stage, in url: URL, as kind: StageKind, for later: StageKind
    ) throws -> Stage {
        let folder = StageFolder(url)
        guard folder.isFinished else { throw missing(kind, for: later) }
        try folder.readWeights(into: stage.savedParameters)
        return stage
    }

    private func missing(_ needed: StageKind, for stage: StageKind) -> RunError {
        .stageMissing(stage: stage.rawValue, needed: needed.rawValue, folder: run.url.path)
    }
}
