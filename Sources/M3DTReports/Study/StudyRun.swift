import Foundation

/// One training run of a study: a method on a set of tasks with a seed.
public struct StudyRun: Codable, Sendable, Equatable {
    /// The name of the run's folder among ``StudyFolder/cells``.
    public var folder: String
    /// What tables call the method, with the number of experts where the study varies it.
    public var method: String
    /// The method without that number.
    public var family: String
    /// N; nothing for a method without experts.
    public var experts: Int?
    /// The name of the set of tasks.
    public var set: String
    public var taskCount: Int
    public var seed: UInt64
    /// Optimiser steps of the whole run.
    public var steps: Int

    /// Makes a run.
    public init(
        folder: String, method: String, family: String, experts: Int? = nil, set: String, taskCount: Int, seed: UInt64,
        steps: Int
    ) {
        (self.folder, self.method, self.family, self.experts) = (folder, method, family, experts)
        (self.set, self.taskCount, self.seed, self.steps) = (set, taskCount, seed, steps)
    }
}

/// What a finished run cost; its file makes the run finished.
public struct StudyCost: Codable, Sendable, Equatable {
    /// Numbers among the policy's weights.
    public var parameters: Int
    /// Seconds of training, those of stages that were taken over from another run included.
    public var trainingSeconds: Double

    /// Makes a cost.
    public init(parameters: Int, trainingSeconds: Double) {
        self.parameters = parameters
        self.trainingSeconds = trainingSeconds
    }
}

/// All runs that a study is to have, in their order.
public struct StudyGrid: Codable, Sendable, Equatable {
    public var name: String
    /// The method that others are compared with.
    public var baseline: String
    public var runs: [StudyRun]

    /// Makes a grid.
    public init(name: String, baseline: String, runs: [StudyRun]) {
        self.name = name
        self.baseline = baseline
        self.runs = runs
    }
}

/// Where a study keeps everything.
public struct StudyFolder: Sendable, Equatable {
    public let url: URL

    /// Names a folder, which need not be there.
    public init(_ url: URL) {
        self.url = url
    }

    /// The study as it was read, with nothing left out.
    public var study: URL { url.appendingPathComponent("study.yaml") }
    /// The runs that there are to be: a ``StudyGrid``.
    public var grid: URL { url.appendingPathComponent("grid.json") }
    /// The folders of the runs.
    public var cells: URL { url.appendingPathComponent("cells") }
    /// A row for each method, set of tasks, seed and task.
    public var results: URL { url.appendingPathComponent("results.csv") }
    /// A row for each method and set of tasks.
    public var summary: URL { url.appendingPathComponent("summary.csv") }
    public var report: URL { url.appendingPathComponent("report.html") }

    /// The folder of a run.
    public func cell(_ run: StudyRun) -> URL { cells.appendingPathComponent(run.folder) }

    /// What a run cost; it is there when the run is finished.
    public func cost(_ run: StudyRun) -> URL { cell(run).appendingPathComponent("cell.json") }
}
