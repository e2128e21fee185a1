import Foundation
import M3DTEvaluation
import M3DTReports
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// Judges policies in the real simulators.
public struct Evaluation {
    /// Episodes of each task and seed; nothing for the reference's protocol.
    public var episodesPerTask: Int?
    public var seeds: [UInt64] = [0, 1, 2]
    /// Episodes played at once.
    public var slots = 32
    /// Says which environment a task is that is played in a worker.
    public var describe: (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    /// Where the versions of workers that took part are noted, beside others; nowhere by default.
    public var versions: URL?
    private let progress: ProgressDisplay
    private let stop: StopRequest

    public init(progress: ProgressDisplay, stop: StopRequest = StopRequest()) {
        self.progress = progress
        self.stop = stop
    }

    /// What an evaluation of a trained policy gave.
    public struct Outcome {
        public let rows: [EvaluationRow]
        /// For each task the mean gate of each expert over all blocks; empty for a policy without experts.
        public let gates: [(task: String, gates: [Double])]
    }

    /// Plays a policy in some of its tasks.
    ///
    /// - Throws: What the policy and the simulators throw; ``Interrupted`` where a stop is requested.
    public func judge(_ policy: M3DTPolicy, tasks: [TaskSpecification]? = nil, method: String) throws -> Outcome {
        let tasks = tasks ?? policy.tasks
        let recorder = policy.description.mixture == nil ? nil : GateRecorder()
        policy.gateRecorder = recorder
        defer { policy.gateRecorder = nil }
        let rows = try judge(SequencePolicy(policy, slots: slots), tasks: tasks, method: method)
        let means = recorder?.means(tasks: tasks.map(\.name)) ?? []
        return Outcome(rows: rows, gates: Self.overBlocks(means))
    }

    /// Plays any policy that serves ``slots`` slots.
    ///
    /// - Throws: As ``judge(_:tasks:method:)-(M3DTPolicy,_,_)``.
    public func judge(_ policy: any Policy, tasks: [TaskSpecification], method: String) throws -> [EvaluationRow] {
        let plan = EvaluationPlan(tasks: tasks, seeds: seeds, episodesPerTask: episodesPerTask)
        let environments = MixedEnvironmentBatch(slots: slots, describe: describe)
        progress.begin(ProgressStage("evaluate \(method)", total: plan.episodeCount, unit: "episodes"))
        defer { progress.end() }
        let rows = try Evaluator(plan, method: method).rows(of: policy, in: environments) { state in
            progress.update(step: state.finishedEpisodes)
            if stop.isRequested { throw Interrupted() }
        }
        if let versions { try Versions.note(environments.workerVersions, in: versions) }
        return rows
    }

    private static func overBlocks(_ means: [GateMean]) -> [(task: String, gates: [Double])] {
        let experts = (means.map(\.expert).max() ?? -1) + 1
        let blocks = (means.map(\.block).max() ?? -1) + 1
        var order: [String] = []
        var sums: [String: [Double]] = [:]
        for mean in means {
            if sums[mean.task] == nil { order.append(mean.task) }
            sums[mean.task, default: Array(repeating: 0, count: experts)][mean.expert] += mean.gate / Double(blocks)
        }
        return order.map { ($0, sums[$0]!) }
    }
}

/// The user asked to stop.
public struct Interrupted: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "stopped on request; run the same command again to go on" }
}

// Files of results.
extension Evaluation {
    /// Writes rows as CSV, atomically.
    ///
    /// - Throws: `ReportError` where the file cannot be written.
    public static func write(_ rows: [EvaluationRow], to url: URL) throws {
        try Folder.create(url.deletingLastPathComponent())
        try EvaluationRecord.write(rows.map(\.record), to: url)
    }

    /// Writes mean gates of a trained policy as CSV: a task, then a column for each expert. Says so where its routers collapsed.
    ///
    /// - Throws: `ReportError` where the file cannot be written.
    public func write(gates: [(task: String, gates: [Double])], to url: URL) throws {
        guard let first = gates.first else { return }
        if let warning = GateSpread(gates.map(\.gates)).warning { progress.note(warning) }
        var table = try CSVTable(columns: ["task"] + first.gates.indices.map { "expert-\($0)" })
        for row in gates { try table.append([row.task] + row.gates.map { "\($0)" }) }
        try table.write(to: url)
    }
}

extension EvaluationRow {
    /// The row as reports know it.
    var record: EvaluationRecord {
        EvaluationRecord(
            method: method, task: task, domain: domain.rawValue, seed: seed, episode: episode,
            episodeReturn: episodeReturn, succeeded: succeeded, score: score, steps: steps)
    }
}
