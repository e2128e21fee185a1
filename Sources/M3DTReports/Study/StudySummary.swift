/// How well each method does on each set of tasks, with intervals.
public struct StudySummary: Sendable {
    /// A method on a set of tasks.
    struct Entry: Sendable, Equatable {
        var method: String
        var family: String
        var experts: Int?
        var seeds: Int
        var mean: IntervalEstimate
        var interquartileMean: IntervalEstimate
        /// How likely it beats the baseline; nothing for the baseline, and where that is missing.
        var improvement: IntervalEstimate?
        var parameters: Int
        var steps: Int
        /// Mean over seeds.
        var trainingSeconds: Double
    }

    /// All that is known of a set of tasks.
    struct Set: Sendable {
        var name: String
        var taskCount: Int
        var results: EvaluationResults
        var entries: [Entry]

        /// The set in words.
        var title: String { Int(name) == nil ? "\(name) (\(count))" : count }
        private var count: String { "\(taskCount) task\(taskCount == 1 ? "" : "s")" }
    }

    public let baseline: String
    /// The methods that have results, in the study's order.
    let methods: [String]
    /// In the study's order.
    let sets: [Set]

    /// Draws the intervals.
    ///
    /// - Throws: ``ReportError``.
    public init(_ study: StudyResults, bootstrap: Bootstrap = Bootstrap()) throws {
        baseline = study.grid.baseline
        let done = Swift.Set(study.results.map(\.run.method))
        methods = Self.unique(study.grid.runs.map(\.method)).filter(done.contains)
        let names = Self.unique(study.grid.runs.map(\.set))
        sets = try names.compactMap { name in
            let found = study.results.filter { $0.run.set == name }
            return found.isEmpty ? nil : try Self.set(name, of: found, baseline: study.grid.baseline, bootstrap)
        }
    }

    private static func set(
        _ name: String, of found: [StudyResults.Result], baseline: String, _ bootstrap: Bootstrap
    ) throws -> Set {
        let results = EvaluationResults(runs: found.map(\.records))
        let entries = try results.methods.compactMap { method -> Entry? in
            let cells = found.filter { $0.run.method == method }
            guard let scores = try results.strata(method), let first = cells.first else { return nil }
            return Entry(
                method: method, family: first.run.family, experts: first.run.experts, seeds: cells.count,
                mean: scores.meanInterval(bootstrap),
                interquartileMean: scores.interquartileMeanInterval(bootstrap),
                improvement: try improvement(of: method, over: baseline, results, bootstrap),
                parameters: first.cost.parameters, steps: first.run.steps,
                trainingSeconds: cells.reduce(0) { $0 + $1.cost.trainingSeconds } / Double(cells.count))
        }
        return Set(name: name, taskCount: found[0].run.taskCount, results: results, entries: entries)
    }

    private static func improvement(
        of method: String, over baseline: String, _ results: EvaluationResults, _ bootstrap: Bootstrap
    ) throws -> IntervalEstimate? {
        let shared = results.sharedTasks([method, baseline])
        guard method != baseline, let mine = try results.strata(method, tasks: shared),
            let theirs = try results.strata(baseline, tasks: shared)
        else { return nil }
        return try mine.probabilityOfImprovement(over: theirs, bootstrap)
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Swift.Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

// Tables.
extension StudySummary {
    /// A row for each method, a column for each set of tasks, with the mean score: for a terminal, for Markdown.
    ///
    /// - Throws: ``ReportError``.
    public func table() throws -> TextTable {
        try TextTable(
            columns: [.init("method", .left)] + sets.map { .init($0.title, .right) },
            rows: methods.map { method in
                [method]
                    + sets.map { set in
                        set.entries.first { $0.method == method }.map { NumberText.estimate($0.mean) }
                            ?? NumberText.missing
                    }
            })
    }

    /// A row for each method and set of tasks.
    ///
    /// - Throws: ``ReportError``.
    public func rows() throws -> CSVTable {
        func texts(_ estimate: IntervalEstimate?) -> [String] {
            estimate.map { ["\($0.value)", "\($0.lower)", "\($0.upper)"] } ?? ["", "", ""]
        }
        var table = try CSVTable(columns: Self.columns, name: "summary")
        for set in sets {
            for entry in set.entries {
                let head = [
                    entry.method, entry.experts.map(String.init) ?? "", set.name, "\(set.taskCount)", "\(entry.seeds)",
                ]
                let intervals = set.results.unit == .trainingRuns ? "seeds" : "episodes"
                try table.append(
                    head + texts(entry.mean) + texts(entry.interquartileMean) + texts(entry.improvement)
                        + [intervals, "\(entry.parameters)", "\(entry.steps)", "\(entry.trainingSeconds)"])
            }
        }
        return table
    }

    static let columns = [
        "method", "experts", "set", "task_count", "seeds", "mean", "mean_low", "mean_high", "iqm", "iqm_low",
        "iqm_high",
        "improvement", "improvement_low", "improvement_high", "intervals_over", "parameters", "steps",
        "training_seconds",
    ]
}
