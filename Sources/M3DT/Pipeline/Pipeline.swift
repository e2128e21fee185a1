import Foundation
import M3DTData
import M3DTRanks
import M3DTReports
import M3DTStorage
import M3DTTensor
import M3DTTraining

/// Trains a recipe on a trajectory store, stage by stage, and writes the policy.
///
/// Every stage can be run alone; one that is finished is read, one that was stopped goes on. Several ranks can train one run: all make the
/// same pipeline on the same folder.
public final class Pipeline {
    public let recipe: Recipe
    public let run: RunFolder
    let sampler: Sampler
    let device: Device
    let control: TrainingControl
    let observer: RunObserver
    /// Where measurements go; nowhere on ranks other than the first.
    let sink: any MetricsSink
    var ranks: any RankGroup { control.ranks }

    /// Opens the data and begins or continues the run.
    ///
    /// - Throws: ``RunError`` where the folder holds another run, `DataError` where the data is damaged or lacks a task, `TrainingError`
    ///   where experts cannot be trained together.
    public init(
        recipe: Recipe, data: RunData, run: RunFolder, device: Device = .cpu, progress: ProgressDisplay,
        stop: StopRequest = StopRequest(), ranks: any RankGroup = OneProcess()
    ) throws {
        self.recipe = recipe
        self.run = run
        self.device = device
        if recipe.method.stages.contains(.experts) {
            try ExpertTrainer.check(
                together: recipe.experts.together, experts: recipe.grouping.experts, recipe.mixture.expert,
                recipe.experts.options(recipe))
        }
        let tasks = try data.names(recipe.tasks)
        try ranks.onFirst { try run.open(recipe, data: data.hashes(tasks)) }
        sampler = try Sampler(
            Self.trajectories(tasks, of: data, recipe), options: recipe.data.options(recipe.model),
            stateWidth: recipe.model.stateWidth,
            actionWidth: recipe.model.actionWidth, seed: recipe.seed)
        sink = MetricsFanOut(
            ranks.isFirst ? [try MetricsLog(at: run.metrics), TensorBoardWriter(folder: run.tensorBoard)] : [])
        observer = RunObserver(sink: sink, progress: progress)
        control = TrainingControl(observer: ranks.isFirst ? observer : nil, stop: stop, ranks: ranks)
        try ranks.onFirst { try RankMetrics(run: run).takeOver(into: sink) }
    }

    /// Opens a single store.
    ///
    /// - Throws: As ``init(recipe:data:run:device:progress:stop:ranks:)``.
    public convenience init(
        recipe: Recipe, data: TrajectoryStore, run: RunFolder, device: Device = .cpu, progress: ProgressDisplay,
        stop: StopRequest = StopRequest()
    ) throws {
        try self.init(
            recipe: recipe, data: RunData([data]), run: run, device: device, progress: progress, stop: stop)
    }

    /// The stages of the recipe's method, in order.
    public var stages: [StageKind] { recipe.method.stages }

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
        if again, let first = (chosen.isEmpty ? stages : chosen).min(by: isEarlier) {
            try ranks.onFirst { try run.discard(from: first) }
        }
        for stage in stages where chosen.isEmpty || chosen.contains(stage) {
            observer.position = nil
            let outcome = try train(stage)
            guard outcome == .finished else { return outcome }
        }
        if isComplete() { try ranks.onFirst { try writePolicy() } }
        return .finished
    }

    private func isEarlier(_ left: StageKind, _ right: StageKind) -> Bool {
        stages.firstIndex(of: left)! < stages.firstIndex(of: right)!
    }
}

extension Pipeline {
    /// What a run draws from: all episodes of its tasks, or a few where it fine-tunes.
    private static func trajectories(
        _ tasks: [String], of data: RunData, _ recipe: Recipe
    ) throws -> [TaskTrajectories] {
        let whole = try data.trajectories(tasks)
        return recipe.method == .fineTune ? try whole.map { try $0.best(recipe.fineTune.episodes) } : whole
    }
}
