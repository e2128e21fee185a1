import Foundation

/// Several methods, compared over one or several sets of tasks.
public struct ComparisonReport: Sendable {
    /// A set of tasks that methods were evaluated on, such as one scale of a study.
    public struct Entry: Sendable, Equatable {
        /// What the set is called, such as `40 tasks`.
        public var name: String
        /// The episodes of all methods on the set.
        public var results: EvaluationResults

        /// Makes a set.
        public init(_ name: String, _ results: EvaluationResults) {
            self.name = name
            self.results = results
        }
    }

    /// The heading of the report.
    public let title: String
    /// In rising order of the number of tasks.
    public let entries: [Entry]
    /// The method that others are compared with.
    public let focus: String?
    /// How intervals are drawn.
    public let bootstrap: Bootstrap

    /// Compares evaluations; those over the same number of tasks come together.
    ///
    /// - Parameters:
    ///   - evaluations: Results of one or several methods each, such as one for each CSV file.
    ///   - focus: The method that others are compared with. Default: the one with the highest mean on the most tasks.
    public init(
        title: String, evaluations: [EvaluationResults], focus: String? = nil, bootstrap: Bootstrap = Bootstrap()
    ) {
        self.title = title
        self.bootstrap = bootstrap
        let byCount = Dictionary(grouping: evaluations.filter { !$0.records.isEmpty }, by: \.tasks.count)
        entries = byCount.sorted { $0.key < $1.key }.map { count, results in
            Entry("\(count) task\(count == 1 ? "" : "s")", EvaluationResults(runs: results.flatMap(\.runs)))
        }
        self.focus = focus ?? entries.last.flatMap { Self.best($0.results) }
    }

    /// Reads evaluation files, each of one training run or of one run of each method, and compares what they hold.
    ///
    /// - Throws: ``ReportError`` where a file cannot be read or understood.
    public init(title: String, files: [URL], focus: String? = nil, bootstrap: Bootstrap = Bootstrap()) throws {
        let evaluations = try files.map { EvaluationResults(runs: [try EvaluationRecord.read($0)]) }
        self.init(title: title, evaluations: evaluations, focus: focus, bootstrap: bootstrap)
    }

    /// The table of methods: for a terminal, for Markdown.
    ///
    /// - Throws: ``ReportError``.
    public func table() throws -> TextTable {
        guard entries.count > 1 else {
            return try ScoreSummary(
                results: entries.first?.results ?? EvaluationResults(runs: []), bootstrap: bootstrap
            )
            .methodTable()
        }
        let methods = methods
        return try TextTable(
            columns: [.init("method", .left)] + entries.map { .init($0.name, .right) },
            rows: methods.map { method in
                [method]
                    + (try entries.map { entry in
                        try entry.results.strata(method).map { NumberText.estimate($0.meanInterval(bootstrap)) }
                            ?? NumberText.missing
                    })
            })
    }

    /// The report.
    ///
    /// - Throws: ``ReportError``.
    public func report() throws -> HTMLReport {
        guard let largest = entries.last else {
            return HTMLReport(
                title: title,
                sections: [ReportSection("Scores", [.warning("No episode was evaluated: nothing to compare.")])])
        }
        var sections: [ReportSection] = []
        if entries.count > 1 {
            sections.append(
                ReportSection(
                    "Scale",
                    [
                        .table(try table(), caption: "Mean normalised score, 0–100, for each number of tasks."),
                        .figures([try scalingChart().figure()]),
                    ]))
        }
        let probability = try improvement(largest)
        for entry in entries.reversed() {
            let blocks = try ScoreSummary(results: entry.results, bootstrap: bootstrap).blocks()
            sections.append(
                ReportSection(
                    entries.count > 1 ? "Scores on \(entry.name)" : "Scores",
                    // The table of all tasks is long: what matters more stands before it.
                    entry == largest ? blocks.dropLast() + probability + blocks.suffix(1) : blocks))
        }
        return HTMLReport(
            title: title, subtitle: "\(methods.count) methods, \(largest.results.tasks.count) tasks", sections: sections
        )
    }

    /// Writes the report as one HTML file.
    ///
    /// - Throws: ``ReportError``, or where the file cannot be written.
    public func write(to url: URL) throws {
        try report().write(to: url)
    }

    /// The mean score of each method against the number of tasks.
    ///
    /// - Throws: ``ReportError``.
    public func scalingChart() throws -> LineChart {
        let series = try methods.map { method in
            LineChart.Series(
                method,
                try entries.compactMap { entry in
                    guard let scores = try entry.results.strata(method) else { return nil }
                    let mean = scores.meanInterval(bootstrap)
                    return .init(Double(entry.results.tasks.count), mean.value, band: mean.lower...mean.upper)
                })
        }
        return LineChart(
            title: "Score against the number of tasks", x: PlotAxis("tasks"),
            y: PlotAxis("mean normalised score (0–100)"),
            series: series, bands: .whiskers)
    }

    private var methods: [String] {
        var seen: Set<String> = []
        return entries.flatMap(\.results.methods).filter { seen.insert($0).inserted }
    }

    /// How likely the focus beats each other method, on the tasks that both have.
    private func improvement(_ entry: Entry) throws -> [ReportBlock] {
        guard let focus, entry.results.methods.contains(focus) else { return [] }
        let others = entry.results.methods.filter { $0 != focus }
        var labels: [String] = []
        var values: [IntervalEstimate] = []
        for other in others {
            let shared = entry.results.sharedTasks([focus, other])
            guard let mine = try entry.results.strata(focus, tasks: shared),
                let theirs = try entry.results.strata(other, tasks: shared)
            else { continue }
            labels.append(other)
            values.append(try mine.probabilityOfImprovement(over: theirs, bootstrap))
        }
        guard !labels.isEmpty else { return [] }
        let plot = DotIntervalPlot(
            title: "Probability that \(focus) beats …",
            x: PlotAxis("P(\(focus) scores higher than the other on the same task)", includes: 0...1), labels: labels,
            series: [LabelledSeries(focus, values)], reference: 0.5)
        return [.figures([try plot.figure()])]
    }

    private static func best(_ results: EvaluationResults) -> String? {
        let means = results.methods.map { method in
            let scores = results.tasks.compactMap { results.mean(method, task: $0) }
            return scores.reduce(0, +) / Double(max(scores.count, 1))
        }
        return means.indices.max { means[$0] < means[$1] }.map { results.methods[$0] }
    }
}
