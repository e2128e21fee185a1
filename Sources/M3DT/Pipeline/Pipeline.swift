import Foundation
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTReports
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// Trains a recipe on a trajectory store, stage by stage, and writes the policy.
///
/// Every stage can be run alone; one that is finished is read, one that was stopped goes on.
public final class Pipeline {
    public let recipe: Recipe
    public let run: RunFolder
    private let sampler: Sampler
    private let device: Device
    private let control: TrainingControl
    private let observer: RunObserver

    /// Opens the data and begins or continues the run.
    ///
    /// - Throws: ``RunError`` where the folder holds another run, `DataError` where the data is damaged or lacks a task.
    public init(
        recipe: Recipe, data: TrajectoryStore, run: RunFolder, device: Device = .cpu, progress: ProgressDisplay,
        stop: StopRequest = StopRequest()
    ) throws {
        self.recipe = recipe
        self.run = run
        self.device = device
        let tasks = try Self.tasks(of: recipe, in: data)
        try run.open(recipe, data: Self.hashes(of: tasks, in: data))
        sampler = try Sampler(
            data.trajectories(tasks), options: recipe.data.options(recipe.model), stateWidth: recipe.model.stateWidth,
            actionWidth: recipe.model.actionWidth, seed: recipe.seed)
        let sink = MetricsFanOut([try MetricsLog(at: run.metrics), TensorBoardWriter(folder: run.tensorBoard)])
        observer = RunObserver(sink: sink, progress: progress)
        control = TrainingControl(observer: observer, stop: stop)
    }

    /// The stages of the recipe's method, in order.
    public var stages: [StageKind] {
        recipe.method == .promptdt ? [.backbone] : [.backbone, .group, .experts, .router]
    }

    /// Trains the given stages, or all; then writes the policy where all stages are finished.
    ///
    /// - Parameters:
    ///   - chosen: Nothing for all stages that are missing.
    ///   - again: Throw away what the chosen stages, and those after them, have given before.
    /// - Throws: ``RunError`` where a stage's input is missing; what training throws.
    public func train(_ chosen: [StageKind] = [], again: Bool = false) throws -> StageOutcome {
        for stage in chosen where !stages.contains(stage) {
            throw RunError.noSuchStage(stage: stage.rawValue, method: recipe.method.rawValue)
        }
        if again, let first = (chosen.isEmpty ? stages : chosen).min(by: isEarlier) { try run.discard(from: first) }
        for stage in stages where chosen.isEmpty || chosen.contains(stage) {
            let outcome = try train(stage)
            guard outcome == .finished else { return outcome }
        }
        if try isComplete() { try writePolicy() }
        return .finished
    }

    private func isEarlier(_ left: StageKind, _ right: StageKind) -> Bool {
        stages.firstIndex(of: left)! < stages.firstIndex(of: right)!
    }

    private func train(_ stage: StageKind) throws -> StageOutcome {
        observer.position = nil
        switch stage {
        case .backbone: return try trainBackbone()
        case .group: return try group()
        case .experts: return try trainExperts()
        case .router: return try trainRouter()
        }
    }

    private func trainBackbone() throws -> StageOutcome {
        let stage = try BackboneStage(recipe.model.configuration, seed: recipe.seed)
        return try loop(stage, recipe.backbone, in: run.backbone).run()
    }

    private func group() throws -> StageOutcome {
        if FileManager.default.fileExists(atPath: run.grouping.path) {
            _ = try Grouping(contentsOf: run.grouping).indices(in: sampler.tasks)
            return .finished
        }
        let names = sampler.tasks.map(\.name)
        let section = recipe.grouping
        switch section.method {
        case .random:
            try Grouping.random(tasks: names, experts: section.experts, seed: recipe.seed).write(to: run.grouping)
        case .gradient:
            var options = AgreementOptions()
            options.batches = section.batches
            options.precision = recipe.precision
            let products = try GradientAgreement.products(
                of: finishedBackbone(for: .group), source: sampler, options: options)
            try Grouping.gradient(
                products, tasks: names, experts: section.experts, options: section.clustering, seed: recipe.seed
            ).write(to: run.grouping)
        }
        return .finished
    }

    private func trainExperts() throws -> StageOutcome {
        let backbone = try finishedBackbone(for: .experts)
        let grouping = try finishedGrouping(for: .experts)
        for named in backbone.namedParameters { try named.parameter.move(to: device) }
        let trainer = ExpertTrainer(
            backbone: backbone, grouping: grouping, source: sampler, options: recipe.experts.options(recipe),
            folder: run.experts, control: control)
        for number in grouping.experts.indices {
            observer.position = .init(number + 1, of: grouping.experts.count)
            let outcome = try trainer.train(number).outcome
            guard outcome == .finished else { return outcome }
        }
        return .finished
    }

    private func trainRouter() throws -> StageOutcome {
        let backbone = try finishedBackbone(for: .router)
        let stage = try RouterStage(finishedExperts(beside: backbone), beside: backbone, seed: recipe.seed)
        return try loop(stage, recipe.router, in: run.router).run()
    }

    private func loop(_ stage: any Trainable, _ section: StageSection, in folder: URL) throws -> TrainingLoop {
        for named in stage.frozenParameters + stage.savedParameters { try named.parameter.move(to: device) }
        return try TrainingLoop(
            stage, source: sampler, options: section.options(recipe), folder: folder, control: control)
    }
}

// What finished stages have given.
extension Pipeline {
    private func finishedBackbone(for stage: StageKind) throws -> PromptDT {
        let folder = StageFolder(run.backbone)
        guard folder.isFinished else { throw missing(.backbone, for: stage) }
        let trained = try BackboneStage(recipe.model.configuration, seed: recipe.seed)
        try folder.readWeights(into: trained.savedParameters)
        return trained.backbone
    }

    private func finishedGrouping(for stage: StageKind) throws -> Grouping {
        guard FileManager.default.fileExists(atPath: run.grouping.path) else { throw missing(.group, for: stage) }
        return try Grouping(contentsOf: run.grouping)
    }

    private func finishedExperts(beside backbone: PromptDT) throws -> [Expert] {
        try finishedGrouping(for: .router).experts.indices.map { number in
            let folder = StageFolder(run.experts.appendingPathComponent("\(number)"))
            guard folder.isFinished else { throw missing(.experts, for: .router) }
            let stage = try ExpertStage(number, beside: backbone, seed: recipe.seed)
            try folder.readWeights(into: stage.savedParameters)
            return stage.expert
        }
    }

    private func missing(_ needed: StageKind, for stage: StageKind) -> RunError {
        .stageMissing(stage: stage.rawValue, needed: needed.rawValue, folder: run.url.path)
    }

    private func isComplete() throws -> Bool {
        StageFolder(recipe.method == .promptdt ? run.backbone : run.router).isFinished
    }

    private func writePolicy() throws {
        let backbone = try finishedBackbone(for: .router)
        let mixture = recipe.method == .promptdt ? nil : try finishedMixture(beside: backbone)
        let description = PolicyDescription(
            method: recipe.name, model: recipe.model.configuration, expertCount: mixture?.expertCount,
            precision: recipe.precision, tasks: sampler.tasks.indices.map(sampler.profile),
            origin: ["run": run.url.lastPathComponent, "seed": "\(recipe.seed)", "steps": "\(recipe.totalSteps)"])
        try PolicyFolder.write(description, backbone: backbone, mixture: mixture, to: run.policy)
    }

    private func finishedMixture(beside backbone: PromptDT) throws -> MixtureOfExperts {
        let stage = try RouterStage(finishedExperts(beside: backbone), beside: backbone, seed: recipe.seed)
        try StageFolder(run.router).readWeights(into: stage.savedParameters)
        return stage.mixture
    }
}

// The data of a recipe.
extension Pipeline {
    /// The tasks that a recipe means, of those that the data holds.
    private static func tasks(of recipe: Recipe, in data: TrajectoryStore) throws -> [String] {
        recipe.tasks.isEmpty ? data.tasks.map(\.name) : try TaskRegistry(data.tasks).select(recipe.tasks).map(\.name)
    }

    private static func hashes(of tasks: [String], in data: TrajectoryStore) throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: tasks.map { ($0, try data.storedTask($0).crc32) })
    }
}
