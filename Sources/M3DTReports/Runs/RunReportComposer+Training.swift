extension RunReportComposer {
    private static let steps = PlotAxis("optimiser steps")
    /// Above this many experts their curves become one with a band.
    private static let mostExpertCurves = 8

    /// What each stage measured while it trained.
    ///
    /// - Throws: ``ReportError``.
    func training() throws -> [ReportBlock] {
        let losses = try charts("training/train_loss_mean", "Training loss", "loss (mean squared error)")
        let norms = try charts("training/gradient_norm", "Gradient norm", "norm before clipping")
        let table = try TextTable(
            columns: [
                .init("stage", .left), .init("steps", .right), .init("first loss", .right), .init("last loss", .right),
                .init("time", .right),
            ],
            rows: curves.stages.compactMap { stage in
                guard let end = curves.end(of: stage) else { return nil }
                let loss = curves.curve("training/train_loss_mean", stage)
                return [
                    stage, NumberText.grouped(end.step),
                    loss.first.map { NumberText.significant($0.y) } ?? NumberText.missing,
                    loss.last.map { NumberText.significant($0.y) } ?? NumberText.missing,
                    NumberText.duration(seconds: end.wallSeconds),
                ]
            })
        return [.figures(losses + norms), .table(table, caption: "Stages")]
    }

    /// How far the tasks' gradients pull apart.
    ///
    /// - Throws: ``ReportError``.
    func conflict() throws -> [ReportBlock] {
        let figures = try curves.stages.flatMap { stage -> [SVGFigure] in
            let cosine = conflictSeries(stage, "cosine")
            let negative = conflictSeries(stage, "negative_share")
            return try [
                cosine.isEmpty
                    ? nil
                    : LineChart(
                        title: "Agreement of task gradients, \(stage)", x: Self.steps,
                        y: PlotAxis("mean pairwise cosine"), series: cosine),
                negative.isEmpty
                    ? nil
                    : LineChart(
                        title: "Pairs in conflict, \(stage)", x: Self.steps,
                        y: PlotAxis("share of pairs with negative cosine", includes: 0...0.5), series: negative),
            ].compactMap { try $0?.figure() }
        }
        guard !figures.isEmpty else { return [] }
        return [
            .text(
                "Each pair of tasks has a cosine between its two gradients. Below zero the two tasks pull the parameters "
                    + "apart; MLP and attention parameters are measured separately."),
            .figures(figures),
        ] + curves.stages.compactMap(end)
    }

    /// Where a stage has ended that looks for the peak of its conflict.
    private func end(of stage: String) -> ReportBlock? {
        guard let peak = curves.curve("conflict/peak_step", stage).last, let end = curves.end(of: stage) else {
            return nil
        }
        return .text(
            "\(stage): the averaged conflict of the MLP parameters was highest at step \(NumberText.grouped(Int(peak.y))); "
                + "the stage ended after step \(NumberText.grouped(end.step)).")
    }

    private func conflictSeries(_ stage: String, _ kind: String) -> [LineChart.Series] {
        [("MLP", "mlp"), ("attention", "attention")].compactMap { name, part in
            let points = curves.curve("conflict/\(part)_\(kind)", stage)
            return points.isEmpty ? nil : LineChart.Series(name, points)
        } + (kind == "cosine" ? averageSeries(stage) : [])
    }

    /// The average that a stage's rule goes by, as a cosine.
    private func averageSeries(_ stage: String) -> [LineChart.Series] {
        let points = curves.curve("conflict/average", stage).map { LineChart.Point($0.x, -$0.y) }
        return points.isEmpty ? [] : [LineChart.Series("MLP, averaged", points)]
    }

    /// One chart for each stage, all experts in one.
    private func charts(_ name: String, _ title: String, _ yTitle: String) throws -> [SVGFigure] {
        let experts = curves.expertStages
        let single = curves.stages.filter { !experts.contains($0) }
        var charts = single.map { stage in (stage, [LineChart.Series(stage, curves.curve(name, stage))]) }
        if !experts.isEmpty {
            let series =
                experts.count > Self.mostExpertCurves
                ? [LineChart.Series("experts", curves.summarised(name, experts))]
                : experts.map { LineChart.Series($0, curves.curve(name, $0)) }
            let label = experts.count > Self.mostExpertCurves ? "\(experts.count) experts, mean and range" : "experts"
            charts.insert((label, series), at: single.first == "backbone" ? 1 : 0)
        }
        return try charts.compactMap { label, series in
            guard series.contains(where: { !$0.points.isEmpty }) else { return nil }
            let chart = LineChart(
                title: "\(title), \(label)", x: Self.steps, y: PlotAxis(yTitle, scale: scale(series)), series: series)
            return try chart.figure()
        }
    }

    /// Logarithmic where the curve spans more than a factor of twenty and is positive throughout.
    private func scale(_ series: [LineChart.Series]) -> PlotAxis.Scale {
        let values = series.flatMap(\.points).flatMap { [$0.y, $0.band?.lowerBound ?? $0.y] }
        guard let low = values.min(), let high = values.max(), low > 0, high / low > 20 else { return .linear }
        return .logarithmic
    }
}
