/// The scores of one method: for each task (a stratum) those of its runs.
///
/// Every statistic that has an interval gets it from the stratified bootstrap: runs are drawn again, with replacement, inside
/// each task on its own, so that tasks of different difficulty never take each other's place.
///
/// Source: Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", 2021.
public struct ScoreStrata: Sendable, Equatable {
    /// For each task, at least one score.
    public let tasks: [[Double]]

    /// Takes the scores of each task's runs.
    ///
    /// - Throws: ``ReportError`` where there is no task, a task has no score, or a score is not finite.
    public init(_ tasks: [[Double]]) throws {
        guard !tasks.isEmpty else { throw ReportError.emptySample(statistic: "the scores of a method") }
        for scores in tasks { try SampleStatistics.check(scores, "the scores of a task") }
        self.tasks = tasks
    }

    /// The mean over tasks of each task's mean.
    public var mean: Double { Self.mean(tasks) }

    /// The interquartile mean over all runs of all tasks.
    public var interquartileMean: Double { Self.interquartileMean(tasks) }

    /// The mean over tasks with its bootstrap interval.
    public func meanInterval(_ bootstrap: Bootstrap = Bootstrap()) -> IntervalEstimate {
        bootstrap.interval(of: tasks, Self.mean)
    }

    /// The interquartile mean with its bootstrap interval.
    public func interquartileMeanInterval(_ bootstrap: Bootstrap = Bootstrap()) -> IntervalEstimate {
        bootstrap.interval(of: tasks, Self.interquartileMean)
    }

    static func mean(_ tasks: [[Double]]) -> Double {
        tasks.reduce(0) { $0 + $1.reduce(0, +) / Double($1.count) } / Double(tasks.count)
    }

    static func interquartileMean(_ tasks: [[Double]]) -> Double {
        SampleStatistics.interquartileMean(sorted: tasks.flatMap { $0 }.sorted())
    }
}

/// A method's name and its scores.
public struct MethodScores: Sendable, Equatable {
    /// The method's name.
    public var name: String
    /// Its scores.
    public var scores: ScoreStrata

    /// Makes a pair of name and scores.
    public init(_ name: String, _ scores: ScoreStrata) {
        self.name = name
        self.scores = scores
    }
}
