import M3DTTasks

/// The scores of one method, gathered from the rows of its episodes.
///
/// Statistics over tasks and episodes, such as the interquartile mean and intervals, start from ``scores``.
public struct EvaluationSummary: Sendable, Equatable {
    /// One task's scores.
    public struct Task: Sendable, Equatable {
        public let name: String
        public let domain: Domain
        /// The score of each episode.
        public let scores: [Double]
        /// The mean return of all episodes.
        public let meanReturn: Double
        /// The mean of all episodes.
        public var meanScore: Double { mean(scores) }
    }

    /// In the order in which they first appear in the rows.
    public let tasks: [Task]

    /// Gathers the rows of one method.
    public init(_ rows: [EvaluationRow]) {
        var names: [String] = []
        var byTask: [String: [EvaluationRow]] = [:]
        for row in rows {
            if byTask[row.task] == nil { names.append(row.task) }
            byTask[row.task, default: []].append(row)
        }
        tasks = names.map { name in
            let rows = byTask[name]!
            return Task(
                name: name, domain: rows[0].domain, scores: rows.map(\.score),
                meanReturn: mean(rows.map(\.episodeReturn)))
        }
    }

    /// For each task, the score of every episode.
    public var scores: [[Double]] { tasks.map(\.scores) }

    /// The mean over tasks of their mean scores; 0 without tasks.
    public var meanScore: Double { mean(tasks.map(\.meanScore)) }

    /// The same for each domain that has tasks, in the usual order of domains.
    public var domainMeans: [(domain: Domain, score: Double)] {
        Domain.allCases.compactMap { domain in
            let tasks = tasks.filter { $0.domain == domain }
            return tasks.isEmpty ? nil : (domain, mean(tasks.map(\.meanScore)))
        }
    }
}

/// The arithmetic mean; 0 of nothing.
private func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}
