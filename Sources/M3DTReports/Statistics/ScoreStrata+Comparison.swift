extension ScoreStrata {
    /// How likely a run of this method scores above a run of another on the same task, equal scores counting half.
    ///
    /// The mean over tasks of the Mann-Whitney statistic; 0.5 means that neither is better.
    ///
    /// - Throws: ``ReportError/taskCounts(statistic:first:second:)``.
    public func probabilityOfImprovement(
        over other: ScoreStrata, _ bootstrap: Bootstrap = Bootstrap()
    ) throws -> IntervalEstimate {
        guard tasks.count == other.tasks.count else {
            throw ReportError.taskCounts(
                statistic: "the probability of improvement", first: tasks.count, second: other.tasks.count)
        }
        let replicates = bootstrap.distribution(of: [tasks, other.tasks]) { [Self.improvement($0[0], $0[1])] }
        return bootstrap.estimate(Self.improvement(tasks, other.tasks), replicates.map { $0[0] })
    }

    private static func improvement(_ first: [[Double]], _ second: [[Double]]) -> Double {
        var total = 0.0
        for (mine, theirs) in zip(first, second) {
            var wins = 0.0
            for score in mine {
                for rival in theirs { wins += score > rival ? 1 : score == rival ? 0.5 : 0 }
            }
            total += wins / Double(mine.count * theirs.count)
        }
        return total / Double(first.count)
    }

    /// The share of runs that score above each threshold, every task weighing the same, with a band at each threshold.
    public func performanceProfile(
        thresholds: [Double], _ bootstrap: Bootstrap = Bootstrap()
    ) -> [IntervalEstimate] {
        let values = Self.shares(tasks, thresholds)
        let replicates = bootstrap.distribution(of: [tasks]) { Self.shares($0[0], thresholds) }
        return thresholds.indices.map { index in bootstrap.estimate(values[index], replicates.map { $0[index] }) }
    }

    /// One pass over the sorted scores gives the shares at all thresholds.
    private static func shares(_ tasks: [[Double]], _ thresholds: [Double]) -> [Double] {
        let weighted = tasks.flatMap { scores in scores.map { (score: $0, weight: 1 / Double(scores.count)) } }
            .sorted { $0.score < $1.score }
        let order = thresholds.indices.sorted { thresholds[$0] < thresholds[$1] }
        var shares = [Double](repeating: 0, count: thresholds.count)
        var (next, below) = (0, 0.0)
        for index in order {
            while next < weighted.count, weighted[next].score <= thresholds[index] {
                below += weighted[next].weight
                next += 1
            }
            shares[index] = next == weighted.count ? 0 : 1 - below / Double(tasks.count)
        }
        return shares
    }
}
