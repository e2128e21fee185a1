// How far the tasks' gradients pull apart while methods are trained.
extension StudyReport {
    /// For each set of tasks the agreement of gradients in the first stage, a curve for each method.
    ///
    /// - Throws: ``ReportError``.
    func conflict() throws -> [ReportBlock] {
        let figures = try summary.sets.flatMap { set in
            try [
                chart(set, "mlp_cosine", PlotAxis("mean pairwise cosine, MLP weights"), "Agreement of task gradients"),
                chart(
                    set, "mlp_negative_share", PlotAxis("share of pairs with negative cosine", includes: 0...0.5),
                    "Pairs of tasks in conflict"),
            ].compactMap { $0 }
        }
        guard !figures.isEmpty else { return [] }
        return [
            .text(
                "Each pair of tasks has a cosine between its two gradients; below zero the two pull the weights apart. Lines "
                    + "are means over seeds, bands reach from the lowest to the highest seed; methods with equal curves "
                    + "share one, since they took over the same backbone."),
            .figures(figures),
        ]
    }

    private func chart(
        _ set: StudySummary.Set, _ quantity: String, _ axis: PlotAxis, _ title: String
    ) throws -> SVGFigure? {
        var series: [LineChart.Series] = []
        for entry in set.entries {
            let points = try curve(of: entry.method, set.name, quantity)
            if let same = series.firstIndex(where: { $0.points == points }) {
                series[same].name += ", \(entry.method)"
            } else if !points.isEmpty {
                series.append(LineChart.Series(entry.method, points))
            }
        }
        guard !series.isEmpty else { return nil }
        return try LineChart(
            title: "\(title), \(set.title)", x: PlotAxis("optimiser steps"), y: axis, series: series
        ).figure()
    }

    private func curve(of method: String, _ set: String, _ quantity: String) throws -> [LineChart.Point] {
        let runs = study.results.filter { $0.run.set == set && $0.run.method == method }
        let points = try runs.flatMap { run -> [LineChart.Point] in
            let curves = MetricsCurves(try RunFiles(run.folder).metrics)
            return ["backbone", "joint"].map { curves.curve("conflict/\(quantity)", $0) }.first { !$0.isEmpty } ?? []
        }
        return LineChart.Point.means(points)
    }
}
