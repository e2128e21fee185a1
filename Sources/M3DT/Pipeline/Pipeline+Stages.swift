import Foundation
import M3DTData
import M3DTModel
import M3DTTensor
import M3DTTraining

// How each stage is trained.
extension Pipeline {
    /// Trains one stage, or reads it where it is finished.
    ///
    /// - Throws: ``RunError`` where its input is missing; what training throws.
    func train(_ stage: StageKind) throws -> StageOutcome {
        switch stage {
        case .backbone: try trainBackbone()
        case .group: try group()
        case .experts: try trainExperts()
        case .router: try loop(routerStage(), recipe.router, in: run.router).run()
        case .joint: try loop(jointStage(), recipe.backbone, in: run.joint).run()
        case .agents: try trainAgents()
        case .fineTune: try loop(fineTuneStage(), recipe.backbone, in: run.fineTune).run()
        }
    }

    private func trainBackbone() throws -> StageOutcome {
        let stage: any Trainable = recipe.method == .harmodt ? try harmonyStage() : try backboneStage()
        return try loop(stage, recipe.backbone, in: run.backbone).run()
    }

    private func group() throws -> StageOutcome {
        if try ranks.any(FileManager.default.fileExists(atPath: run.grouping.path)) {
            _ = try Grouping(contentsOf: run.grouping).indices(in: sampler.tasks)
            return .finished
        }
        let grouping =
            recipe.method == .addTasks
            ? try groupsWithAddedTasks()
            : try grouping(of: Array(sampler.tasks.indices), experts: recipe.grouping.experts)
        try ranks.onFirst { try grouping.write(to: run.grouping) }
        return .finished
    }

    /// Deals tasks out to experts.
    ///
    /// - Throws: `TrainingError` where there are fewer tasks than experts.
    func grouping(of tasks: [Int], experts: Int) throws -> Grouping {
        let names = tasks.map { sampler.tasks[$0].name }
        let section = recipe.grouping
        switch section.method {
        case .random: return try .random(tasks: names, experts: experts, seed: recipe.seed)
        case .none: return try .none(tasks: names, experts: experts, seed: recipe.seed)
        // One group needs no measuring.
        case .gradient where experts == 1: return Grouping(method: .gradient, experts: [names], seed: recipe.seed)
        case .gradient:
            return try .gradient(
                agreement(of: tasks), tasks: names, experts: experts, options: section.clustering, seed: recipe.seed,
                sketch: section.sketch.numbers)
        }
    }

    private func agreement(of tasks: [Int]) throws -> GramMatrix {
        let backbone = try finishedBackbone(for: .group)
        try backbone.move(to: device)
        return try GradientAgreement.products(
            of: backbone, source: sampler, tasks: tasks, options: agreementOptions, ranks: ranks)
    }

    var agreementOptions: AgreementOptions {
        var options = AgreementOptions()
        options.batches = recipe.grouping.batches
        options.precision = recipe.precision
        options.sketch = recipe.grouping.sketch.numbers
        options.seed = recipe.seed
        return options
    }

    private func trainExperts() throws -> StageOutcome {
        let backbone = try finishedBackbone(for: .experts)
        let grouping = try finishedGrouping(for: .experts)
        try backbone.move(to: device)
        let groups = experts(beside: backbone, grouping, control).groups
        return try deal(groups.indices, of: groups.count) {
            let place = experts(beside: backbone, grouping, control).place(of: groups[$0])
            return (place.name, place.folder.url)
        } _: { index, control in
            try experts(beside: backbone, grouping, control).train(groups[index]).outcome
        }
    }

    private func experts(
        beside backbone: any SequenceModel, _ grouping: Grouping, _ control: TrainingControl
    ) -> ExpertTrainer {
        ExpertTrainer(
            backbone: backbone, grouping: grouping, source: sampler, options: recipe.experts.options(recipe),
            expert: recipe.mixture.expert, together: recipe.experts.together, first: recipe.base.experts,
            folder: run.experts, control: control)
    }

    private func trainAgents() throws -> StageOutcome {
        try deal(sampler.tasks.indices, of: sampler.tasks.count) {
            ("agent-\(sampler.tasks[$0].name)", agentFolder($0))
        } _: { task, control in
            try loop(agentStage(task), tasks: [task], recipe.backbone, in: agentFolder(task), control).run()
        }
    }

    private func loop(
        _ stage: any Trainable, tasks: [Int]? = nil, _ section: StageSection, in folder: URL,
        _ control: TrainingControl? = nil
    ) throws -> TrainingLoop {
        for named in stage.frozenParameters + stage.savedParameters + stage.state {
            try named.parameter.move(to: device)
        }
        return try TrainingLoop(
            stage, source: sampler, tasks: tasks, options: section.options(recipe), folder: folder,
            control: control ?? self.control)
    }
}

// The stages with fresh weights; each throws where the sizes of the recipe do not fit together.
extension Pipeline {
    /// - Throws: `ModelError`.
    func backboneStage() throws -> BackboneStage {
        try BackboneStage(recipe.model.configuration, seed: recipe.seed)
    }

    /// - Throws: `ModelError` or `TrainingError`.
    func harmonyStage() throws -> HarmonyStage {
        try HarmonyStage(
            recipe.model.configuration, tasks: sampler.tasks.count, options: recipe.harmony, seed: recipe.seed)
    }

    /// - Throws: `ModelError`.
    func jointStage() throws -> JointStage {
        try JointStage(
            recipe.model.configuration, mixture: recipe.mixture.configuration(experts: recipe.grouping.experts),
            seed: recipe.seed)
    }

    /// - Throws: `ModelError`, or ``RunError`` where backbone or experts are missing.
    func routerStage() throws -> RouterStage {
        if recipe.method == .addTasks { return try widenedRouterStage() }
        let backbone = try finishedBackbone(for: .router)
        let experts = try finishedExperts(beside: backbone)
        return try RouterStage(
            experts, beside: backbone, mixture: recipe.mixture.configuration(experts: experts.count),
            training: recipe.mixture.training, seed: recipe.seed)
    }

    /// - Throws: `ModelError`.
    func agentStage(_ task: Int) throws -> BackboneStage {
        try .agent(of: sampler.tasks[task].name, recipe.model.configuration, seed: recipe.seed)
    }

    func agentFolder(_ task: Int) -> URL { run.agents.appendingPathComponent(sampler.tasks[task].name) }
}
