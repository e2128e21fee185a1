// The plots of a study.
extension StudyReport {
    /// Mean and interquartile mean of each method against the number of tasks.
    ///
    /// - Throws: ``ReportError``.
    func scoreOverTasks() throws -> [SVGFigure] {
        let sets = summary.sets.sorted { $0.taskCount < $1.taskCount }
        func chart(_ title: String, _ axis: String, _ value: (StudySummary.Entry) -> IntervalEstimate) throws
            -> SVGFigure
        {
            let series = summary.methods.map { method in
                LineChart.Series(
                    method,
                    sets.compactMap { set in
                        set.entries.first { $0.method == method }.map { entry in
                            let score = value(entry)
                            return .init(Double(set.taskCount), score.value, band: score.lower...score.upper)
                        }
                    })
            }
            return try LineChart(
                title: title, x: Self.countAxis("tasks", sets.map(\.taskCount)), y: PlotAxis(axis), series: series,
                bands: .whiskers
            ).figure()
        }
        return [
            try chart("Score against the number of tasks", "mean normalised score (0–100)", \.mean),
            try chart("IQM against the number of tasks", "interquartile mean (0–100)", \.interquartileMean),
        ]
    }

    /// For each set of tasks on which a method has several numbers of experts, its score against that number.
    ///
    /// - Throws: ``ReportError``.
    func scoreOverExperts() throws -> [SVGFigure] {
        try summary.sets.compactMap { set in
            let families = Dictionary(grouping: set.entries.filter { $0.experts != nil }, by: \.family)
                .filter { $1.count > 1 }
            let counts = families.values.flatMap { $0.compactMap(\.experts) }
            guard let least = counts.min(), let most = counts.max() else { return nil }
            var seen: Set<String> = []
            let order = set.entries.map(\.family).filter { families[$0] != nil && seen.insert($0).inserted }
            var series = order.map { family in
                LineChart.Series(
                    family,
                    families[family, default: []].compactMap { entry in
                        entry.experts.map {
                            .init(Double($0), entry.mean.value, band: entry.mean.lower...entry.mean.upper)
                        }
                    }.sorted { $0.x < $1.x })
            }
            if let level = set.entries.first(where: { $0.method == summary.baseline && families[$0.family] == nil }) {
                let points = [least, most].map {
                    LineChart.Point(Double($0), level.mean.value, band: level.mean.lower...level.mean.upper)
                }
                series.insert(LineChart.Series("\(level.method), for comparison", points), at: 0)
            }
            return try LineChart(
                title: "Score against the number of experts, \(set.title)", x: Self.countAxis("experts N", counts),
                y: PlotAxis("mean normalised score (0–100)"), series: series, bands: .whiskers
            ).figure()
        }
    }

    /// The interquartile mean of each method, with its interval.
    ///
    /// - Throws: ``ReportError``.
    func interquartileMeans(_ set: StudySummary.Set) throws -> SVGFigure {
        try DotIntervalPlot(
            title: "Interquartile mean", x: PlotAxis("normalised score (0–100)"), labels: set.entries.map(\.method),
            series: [LabelledSeries("IQM", set.entries.map(\.interquartileMean))]
        ).figure()
    }

    /// How likely each method beats the baseline; nothing where there is none to compare with.
    ///
    /// - Throws: ``ReportError``.
    func improvements(_ set: StudySummary.Set) throws -> SVGFigure? {
        let others = set.entries.filter { $0.improvement != nil }
        guard !others.isEmpty else { return nil }
        return try DotIntervalPlot(
            title: "Probability of improvement over \(summary.baseline)",
            x: PlotAxis("P(scores above \(summary.baseline) on the same task)", includes: 0...1),
            labels: others.map(\.method), series: [LabelledSeries(summary.baseline, others.map(\.improvement))],
            reference: 0.5
        ).figure()
    }

    /// Which experts each task uses: for each set of tasks, every method with experts, in the run with its first seed.
    ///
    /// - Throws: ``ReportError``.
    func gates() throws -> [ReportBlock] {
        var maps: [SVGFigure] = []
        var collapsed: [String] = []
        for set in summary.sets {
            for entry in set.entries {
                let runs = study.results.filter { $0.run.set == set.name && $0.run.method == entry.method }
                guard let first = runs.first else { continue }
                let files = try RunFiles(first.folder)
                guard let gates = files.gates else { continue }
                let title = "\(entry.method), \(set.title), seed \(first.run.seed)"
                maps.append(
                    try GateMap(gates, grouping: files.grouping).heatMap(title: title, width: 640).figure())
                if GateSpread(gates.weights).isCollapsed { collapsed.append(title) }
            }
        }
        guard !maps.isEmpty else { return [] }
        let warnings = collapsed.map {
            ReportBlock.warning("\($0): all tasks use the experts in the same proportions.")
        }
        return warnings
            + [.text("The routers' mean weight of each expert in an evaluation. \(GateMap.order)"), .figures(maps)]
    }

    private static func countAxis(_ title: String, _ counts: [Int]) -> PlotAxis {
        let numbers = counts.map(Double.init)
        let (low, high) = (numbers.min() ?? 1, numbers.max() ?? 1)
        return PlotAxis(title, scale: high / low >= 4 ? .logarithmic : .linear, ticks: numbers)
    }
}
