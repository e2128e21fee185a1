import Foundation
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTReports
import M3DTTasks
import M3DTTraining

// Runs that go on from a finished one.
extension Pipeline {
    /// The network that the run goes on from.
    ///
    /// - Throws: ``RunError/noBase(folder:)`` where it is missing, `PolicyError` where it is damaged.
    func baseNetwork() throws -> (backbone: any SequenceModel, mixture: MixtureOfExperts?) {
        guard FileManager.default.fileExists(atPath: run.base.path) else { throw RunError.noBase(folder: run.url.path) }
        guard case .shared(let backbone, let branch) = try PolicyFolder(contentsOf: run.base).network else {
            throw RunError.baseUnfit(folder: run.base.path, problem: "it has weights for each task")
        }
        return (backbone, branch as? MixtureOfExperts)
    }

    /// The old groups, and after them those of the tasks that were added.
    func groupsWithAddedTasks() throws -> Grouping {
        let known = Set(recipe.base.tasks)
        let added = sampler.tasks.indices.filter { !known.contains(sampler.tasks[$0].name) }
        let old = try Grouping(contentsOf: run.base.appendingPathComponent(run.grouping.lastPathComponent))
        return old.adding(try grouping(of: added, experts: recipe.grouping.experts - recipe.base.experts))
    }

    /// The routers of the finished run, widened by the experts of the tasks that were added.
    func widenedRouterStage() throws -> RouterStage {
        let base = try baseNetwork()
        guard let mixture = base.mixture else {
            throw RunError.baseUnfit(folder: run.base.path, problem: "it has no experts")
        }
        let widened = try MixtureOfExperts(
            base.backbone.configuration, widening: mixture, with: finishedExperts(beside: base.backbone))
        return RouterStage(widened, beside: base.backbone, training: recipe.mixture.training)
    }

    /// - Throws: `TrainingError` where the network lacks the parts, ``RunError`` where it is missing.
    func fineTuneStage() throws -> FineTuneStage {
        let base = try baseNetwork()
        return try FineTuneStage(base.backbone, mixture: base.mixture, parts: recipe.fineTune.parts)
    }

    /// What the policy knows of its tasks: those of the run, and with fine-tuning those that it knew before.
    func profiles() throws -> [TaskProfile] {
        let own = sampler.tasks.indices.map(sampler.profile)
        guard recipe.method == .fineTune else { return own }
        return try PolicyFolder.readDescription(in: run.base).tasks + own
    }
}

// What a run that goes on from another has changed.
extension Pipeline {
    /// Plays the policy that the run went on from, and the run's own, in all tasks of the run; what was played before is kept.
    ///
    /// The first knows the new tasks by their prompts and statistics alone.
    /// - Throws: What the simulators and the policies throw; ``Interrupted`` where a stop is requested.
    public func judgeChange(_ evaluation: Evaluation, among playable: (TaskSpecification) -> Bool) throws
        -> ScoreChanges
    {
        let tasks = sampler.tasks.filter(playable)
        guard !tasks.isEmpty else { throw TaskFileError.dataOnly(task: sampler.tasks[0].name) }
        let known = Set(recipe.base.tasks)
        let fresh = sampler.tasks.indices.filter { !known.contains(sampler.tasks[$0].name) }.map(sampler.profile)
        func rows(_ name: String, _ file: URL, _ policy: () throws -> M3DTPolicy) throws -> [EvaluationRecord] {
            if !FileManager.default.fileExists(atPath: file.path) {
                let outcome = try evaluation.judge(policy(), tasks: tasks, method: name)
                try Evaluation.write(outcome.rows, to: file)
                if file == episodes { try evaluation.write(gates: outcome.gates, to: run.gates) }
            }
            return try EvaluationRecord.read(file)
        }
        let episodes = run.evaluation.appendingPathComponent("episodes.csv")
        let before = try rows("\(recipe.name) before", run.evaluation.appendingPathComponent("before.csv")) {
            try M3DTPolicy(contentsOf: run.base).prompted(with: fresh)
        }
        let after = try rows(recipe.name, episodes) { try M3DTPolicy(contentsOf: run.policy) }
        let changes = ScoreChanges(before: before, after: after, knownBefore: known)
        try changes.csv().write(to: run.changes)
        return changes
    }
}
