/// The tables and plots that say how well methods do; shared by the report of a run and the comparison of several.
struct ScoreSummary {
    let results: EvaluationResults
    var bootstrap = Bootstrap()

    /// One row for each method: its domains' means, the mean over tasks and the interquartile mean with their intervals.
    ///
    /// - Throws: ``ReportError``.
    func methodTable() throws -> TextTable {
        let several = results.domains.count > 1
        let titles = ["method", "tasks", "mean", "IQM"] + (several ? results.domains : [])
        return try TextTable(
            columns: titles.enumerated().map { .init($0.element, $0.offset == 0 ? .left : .right) },
            rows: results.methods.compactMap { method in
                guard let scores = try results.strata(method) else { return nil }
                let domains = try results.domains.map { domain in
                    try results.strata(method, tasks: results.tasks(of: domain)).map { NumberText.fixed($0.mean) }
                        ?? NumberText.missing
                }
                return [
                    method, "\(scores.tasks.count)", NumberText.estimate(scores.meanInterval(bootstrap)),
                    NumberText.estimate(scores.interquartileMeanInterval(bootstrap)),
                ] + (several ? domains : [])
            })
    }

    /// One row for each task, one column for each method.
    ///
    /// - Throws: ``ReportError``.
    func taskTable() throws -> TextTable {
        try TextTable(
            columns: [.init("task", .left), .init("domain", .left)] + results.methods.map { .init($0, .right) },
            rows: results.tasks.map { task in
                [task, results.domain(of: task)]
                    + results.methods.map { method in
                        results.mean(method, task: task).map { NumberText.fixed($0) } ?? NumberText.missing
                    }
            })
    }

    /// The mean score of each method over each domain and over all tasks.
    ///
    /// - Throws: ``ReportError``.
    func domainBars() throws -> BarChart {
        let several = results.domains.count > 1
        let groups = (several ? results.domains : []) + ["all tasks"]
        let series = try results.methods.map { method in
            LabelledSeries(
                method,
                try groups.map { group in
                    let tasks = several && group != "all tasks" ? results.tasks(of: group) : results.tasks
                    return try results.strata(method, tasks: tasks)?.meanInterval(bootstrap)
                })
        }
        return BarChart(
            title: "Mean score by domain", y: PlotAxis("normalised score (0–100)", includes: 0...100), groups: groups,
            series: series)
    }

    /// The share of runs above each score, for every method.
    ///
    /// - Throws: ``ReportError``.
    func profile() throws -> PerformanceProfilePlot {
        PerformanceProfilePlot(
            title: "Performance profile",
            methods: try results.methods.compactMap { method in
                try results.strata(method).map { MethodScores(method, $0) }
            }, bootstrap: Bootstrap(replicates: min(bootstrap.replicates, 500), seed: bootstrap.seed))
    }

    /// The score of every method on every task.
    func taskPlot() -> DotIntervalPlot {
        let series = results.methods.map { method in
            LabelledSeries(
                method,
                results.tasks.map { task in
                    results.mean(method, task: task).map { IntervalEstimate(value: $0, lower: $0, upper: $0) }
                })
        }
        return DotIntervalPlot(
            title: "Score by task", x: PlotAxis("normalised score (0–100)", includes: 0...100), labels: results.tasks,
            series: series)
    }

    /// Tasks that some method lacks, in words.
    var gaps: [String] {
        results.methods.compactMap { method in
            let missing = results.missingTasks(method)
            guard !missing.isEmpty else { return nil }
            let names = missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")
            return "\(method) was not evaluated on \(missing.count) of \(results.tasks.count) tasks (\(names)); "
                + "its means are over the others."
        }
    }

    /// Everything about the scores.
    ///
    /// - Throws: ``ReportError``.
    func blocks() throws -> [ReportBlock] {
        guard !results.records.isEmpty else { return [.warning("No episode was evaluated, so there are no scores.")] }
        return gaps.map { .warning($0) } + [
            .table(try methodTable(), caption: "Normalised score, 0–100. " + results.unitSentence),
            .figures([try domainBars().figure(), try profile().figure()]),
            .figures([try taskPlot().figure()]),
            .table(try taskTable(), caption: "Mean score of each task."),
        ]
    }
}
