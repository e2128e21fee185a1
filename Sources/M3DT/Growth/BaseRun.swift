import Foundation
import M3DTData
import M3DTEvaluation
import M3DTStorage
import M3DTTraining

/// A finished run that another run goes on from: to add tasks, or to be fine-tuned.
public struct BaseRun {
    public let run: RunFolder
    public let recipe: Recipe
    /// The policy that the run has made.
    public let description: PolicyDescription

    /// Opens a finished run.
    ///
    /// - Throws: ``RunError`` where the folder holds no run or its policy has weights for each task.
    public init(_ run: RunFolder) throws {
        self.run = run
        recipe = try run.recipe()
        guard FileManager.default.fileExists(atPath: run.policy.path) else {
            throw RunError.baseUnfit(folder: run.url.path, problem: "it is not finished; train it to the end first")
        }
        description = try PolicyFolder.readDescription(in: run.policy)
        guard description.taskWeights == .shared else {
            throw RunError.baseUnfit(
                folder: run.url.path, problem: "its method, \(recipe.method.rawValue), has weights for each task")
        }
    }

    /// The tasks that the policy knows.
    public var tasks: [String] { description.tasks.map(\.task.name) }

    /// The recipe of a run with further tasks, on which further experts are trained.
    ///
    /// - Parameters:
    ///   - tasks: Names of the tasks; all of the data that the run does not know where there are none.
    ///   - experts: How many experts the tasks get.
    ///   - settings: As for ``Recipe/init(named:settings:)``, on top of the finished run's recipe.
    /// - Throws: ``RunError`` where a task is known already, there is none, or the data of the run's own tasks is not what it was trained
    ///   on; ``RecipeError``.
    public func adding(
        _ tasks: [String], experts: Int, from data: RunData, settings: [String] = []
    ) throws -> Recipe {
        guard let mixture = description.mixture, recipe.method.hasGroups else {
            throw RunError.baseUnfit(
                folder: run.url.path, problem: "its method, \(recipe.method.rawValue), has no groups of tasks")
        }
        try checkOwnData(data)
        var recipe = try recipe(settings)
        recipe.method = .addTasks
        recipe.base = BaseSection(tasks: self.tasks, experts: mixture.experts)
        recipe.tasks = self.tasks + (try newTasks(tasks, from: data))
        recipe.grouping.experts = mixture.experts + experts
        return recipe
    }

    /// The recipe of a run that trains the policy further on a few trajectories of other tasks.
    ///
    /// - Parameters:
    ///   - episodes: Training episodes of each task.
    ///   - steps: Optimiser steps; the rate rises over the first tenth of them.
    /// - Throws: As ``adding(_:experts:from:settings:)``.
    public func fineTuning(
        _ tasks: [String], episodes: Int, steps: Int, parts: FineTuneParts = .whole, from data: RunData,
        settings: [String] = []
    ) throws -> Recipe {
        let own = [
            "backbone.steps=\(steps)", "backbone.warmUpSteps=\(steps / 10)", "backbone.conflictEvery=0",
            "backbone.stop.rule=fixed", "fineTune.episodes=\(episodes)", "fineTune.parts=\(parts.rawValue)",
        ]
        var recipe = try recipe(own + settings)
        recipe.method = .fineTune
        recipe.base = BaseSection(tasks: self.tasks, experts: description.mixture?.experts ?? 0)
        recipe.tasks = try newTasks(tasks, from: data)
        return recipe
    }

    /// Copies what another run goes on from into its folder, or checks that it is there.
    ///
    /// - Throws: ``RunError/otherBase(folder:base:)`` where the folder goes on from another policy, ``StorageError`` where
    ///   something cannot be written.
    public func copy(into other: RunFolder) throws {
        let policy = [PolicyFolder.descriptionName, PolicyFolder.weightsName].map {
            run.policy.appendingPathComponent($0)
        }
        let files = policy + (recipe.method.hasGroups ? [run.grouping] : [])
        guard !FileManager.default.fileExists(atPath: other.base.path) else {
            for file in files {
                let copy = other.base.appendingPathComponent(file.lastPathComponent)
                guard FileManager.default.contentsEqual(atPath: file.path, andPath: copy.path) else {
                    throw RunError.otherBase(folder: other.url.path, base: run.url.path)
                }
            }
            return
        }
        try Folder.create(other.url)
        try AtomicFolder.write(to: other.base) { folder in
            for file in files {
                try FileManager.default.copyItem(at: file, to: folder.appendingPathComponent(file.lastPathComponent))
            }
        }
    }

    private func recipe(_ settings: [String]) throws -> Recipe {
        try Recipe(named: run.configuration.path, settings: settings)
    }

    private func newTasks(_ words: [String], from data: RunData) throws -> [String] {
        let names = try data.names(words)
        let known = Set(tasks)
        if !words.isEmpty, let task = names.first(where: known.contains) {
            throw RunError.taskKnown(task: task, base: run.url.path)
        }
        let fresh = names.filter { !known.contains($0) }
        guard !fresh.isEmpty else { throw RunError.noNewTasks(base: run.url.path) }
        return fresh
    }

    /// Routers are trained on the old tasks as well, with the data that they were trained on.
    private func checkOwnData(_ data: RunData) throws {
        let (given, trained) = (try data.hashes(tasks), try run.hashes())
        if let task = tasks.first(where: { given[$0] != trained[$0] }) {
            throw RunError.otherData(folder: run.url.path, task: task)
        }
    }
}
