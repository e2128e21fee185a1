import Foundation
import M3DTData
import M3DTEvaluation
import M3DTReports
import M3DTSimulation
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// The whole of it in minutes: data, a PromptDT and an M3DT with the same number of optimiser steps, scores, a report.
public struct Demo {
    /// Five tasks of each native family.
    public static let tasks = [
        "cheetah-vel-05", "cheetah-vel-12", "cheetah-vel-20", "cheetah-vel-27", "cheetah-vel-35",
        "ant-dir-00", "ant-dir-03", "ant-dir-09", "ant-dir-17", "ant-dir-29",
    ]
    /// Everything so small that it only shows that the parts work together.
    public var isQuick = false
    public var seed: UInt64 = 0
    /// Where to train and to act.
    public var device = Device.cpu
    private let folder: URL
    private let progress: ProgressDisplay
    private let stop: StopRequest

    public init(folder: URL, progress: ProgressDisplay, stop: StopRequest = StopRequest()) {
        self.folder = folder
        self.progress = progress
        self.stop = stop
    }

    /// What the demo leaves.
    public struct Result {
        public let table: TextTable
        public let report: URL
        public let comparison: URL
    }

    /// Runs what is missing and compares.
    ///
    /// - Throws: What the parts throw; ``Interrupted`` where a stop is requested. Running it again goes on.
    public func run() throws -> Result {
        let data = try collect()
        let promptDT = try train("demo-promptdt", on: data)
        let m3dt = try train("demo", on: data)
        var files = [try judgeReferences(tasks: data.tasks, like: m3dt)]
        for run in [promptDT, m3dt] { files.append(try judge(run)) }
        try takePictures(of: m3dt)
        let comparison = try ComparisonReport(title: "M3DT demo", files: files, focus: "M3DT")
        let page = folder.appendingPathComponent("comparison.html")
        try comparison.write(to: page)
        return Result(
            table: try comparison.table(), report: try RunReport.write(runFolder: m3dt.url), comparison: page)
    }

    private func collect() throws -> TrajectoryStore {
        try Collection(
            tasks: TaskRegistry.standard.select(Self.tasks), episodesPerTask: isQuick ? 8 : 60, seed: seed,
            progress: progress, stop: stop
        ).run(into: folder.appendingPathComponent("data"))
    }

    private func train(_ name: String, on data: TrajectoryStore) throws -> RunFolder {
        let settings = ["seed=\(seed)"] + (isQuick ? Self.quickSettings(name) : [])
        let recipe = try Recipe(named: name, settings: settings, on: device)
        let run = RunFolder(folder.appendingPathComponent(recipe.name.lowercased()))
        let pipeline = try Pipeline(
            recipe: recipe, data: data, run: run, device: device, progress: progress, stop: stop)
        guard try pipeline.train() == .finished else { throw Interrupted() }
        return run
    }

    private static func quickSettings(_ name: String) -> [String] {
        let common = ["model.width=32", "evaluation.episodes=1", "backbone.conflictEvery=20"]
        return common
            + (name == "demo"
                ? [
                    "backbone.steps=40", "grouping.experts=3", "grouping.batches=1", "experts.steps=10",
                    "router.steps=10",
                ]
                : ["backbone.steps=80"])
    }

    /// Judges the demonstrators, and a policy without training; what there is already is kept.
    private func judgeReferences(tasks: [TaskSpecification], like run: RunFolder) throws -> URL {
        let file = folder.appendingPathComponent("references.csv")
        if FileManager.default.fileExists(atPath: file.path) { return file }
        let evaluation = evaluation(of: try run.recipe())
        let untrained = try M3DTPolicy(untrained: M3DTPolicy(contentsOf: run.policy).description)
        let rows =
            try evaluation.judge(Demonstrator.best(of: .load()), tasks: tasks, method: "Demonstrators")
            + evaluation.judge(untrained, method: "Untrained").rows
        try Evaluation.write(rows, to: file)
        return file
    }

    private func judge(_ run: RunFolder) throws -> URL {
        let file = run.evaluation.appendingPathComponent("episodes.csv")
        if FileManager.default.fileExists(atPath: file.path) { return file }
        let recipe = try run.recipe()
        let evaluation = evaluation(of: recipe)
        let outcome = try evaluation.judge(policy(of: run), method: recipe.name)
        try evaluation.write(gates: outcome.gates, to: run.gates)
        try Evaluation.write(outcome.rows, to: file)
        return file
    }

    /// Draws one task of each family; where OSMesa is missing, says so and goes on, since the report names what it lacks.
    private func takePictures(of run: RunFolder) throws {
        let policy = try policy(of: run)
        for domain in [Domain.cheetahVel, .antDir] {
            guard let task = policy.tasks.last(where: { $0.domain == domain }) else { continue }
            let file = run.pictures.appendingPathComponent("\(task.name).png")
            if FileManager.default.fileExists(atPath: file.path) { continue }
            do {
                try RolloutPictures.write(policy, task: task, seed: 0, to: file)
            } catch SimulationError.noOffscreenLibrary(let reason) {
                return progress.note("no pictures: \(SimulationError.noOffscreenLibrary(reason: reason))")
            }
        }
    }

    private func policy(of run: RunFolder) throws -> M3DTPolicy {
        try M3DTPolicy(contentsOf: run.policy, device: device)
    }

    private func evaluation(of recipe: Recipe) -> Evaluation {
        var evaluation = Evaluation(progress: progress, stop: stop)
        evaluation.episodesPerTask = isQuick ? 1 : 5
        evaluation.seeds = recipe.evaluation.seeds
        return evaluation
    }
}
