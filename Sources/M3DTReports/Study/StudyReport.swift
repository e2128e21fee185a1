import Foundation

/// The report of a study: its finished runs compared, in tables and plots.
public struct StudyReport: Sendable {
    let study: StudyResults
    let summary: StudySummary
    let bootstrap: Bootstrap

    /// Takes a study's results and what follows from them.
    public init(_ study: StudyResults, _ summary: StudySummary, bootstrap: Bootstrap = Bootstrap()) {
        self.study = study
        self.summary = summary
        self.bootstrap = bootstrap
    }

    /// Writes `results.csv`, `summary.csv` and `report.html` of a study.
    ///
    /// - Returns: The summary.
    /// - Throws: ``ReportError`` where the folder holds no study, one of its files cannot be understood, or one cannot be written.
    @discardableResult
    public static func write(_ folder: StudyFolder, bootstrap: Bootstrap = Bootstrap()) throws -> StudySummary {
        let study = try StudyResults(folder)
        try study.table().write(to: folder.results)
        let summary = try StudySummary(study, bootstrap: bootstrap)
        try summary.rows().write(to: folder.summary)
        try StudyReport(study, summary, bootstrap: bootstrap).report().write(to: folder.report)
        return summary
    }

    /// The report.
    ///
    /// - Throws: ``ReportError``.
    public func report() throws -> HTMLReport {
        var sections = [ReportSection("Summary", try overview())]
        if !summary.sets.isEmpty {
            let experts = try scoreOverExperts()
            if !experts.isEmpty { sections.append(ReportSection("Number of experts", [.figures(experts)])) }
            for set in summary.sets { sections.append(ReportSection("Scores: \(set.title)", try scores(set))) }
            let conflict = try conflict()
            if !conflict.isEmpty { sections.append(ReportSection("Gradient conflict", conflict)) }
            let gates = try gates()
            if !gates.isEmpty { sections.append(ReportSection("Gates", gates)) }
            sections.append(ReportSection("Cost", [.table(try costTable(), caption: Self.costCaption)]))
        }
        if let text = try? String(contentsOf: study.folder.study, encoding: .utf8) {
            sections.append(ReportSection("Study", [.source(text, name: "study.yaml")]))
        }
        let counts = [(summary.methods.count, "method"), (summary.sets.count, "set of tasks")]
        return HTMLReport(
            title: "Study \(study.grid.name)",
            subtitle: counts.map { "\($0.0) \($0.1.counted($0.0))" }.joined(separator: " · ")
                + " · \(study.finished) of \(study.grid.runs.count) runs",
            sections: sections)
    }

    private func overview() throws -> [ReportBlock] {
        let (finished, planned) = (study.finished, study.grid.runs.count)
        guard finished > 0 else {
            return [.warning("None of \(planned) runs is finished, so there are no scores yet.")]
        }
        let gap: [ReportBlock] =
            finished < planned
            ? [.warning("\(finished) of \(planned) runs are finished; what follows is about these alone.")] : []
        let scale = summary.sets.count > 1 ? [ReportBlock.figures(try scoreOverTasks())] : []
        return gap
            + [.table(try summary.table(), caption: "Mean normalised score, 0–100, with its 95 % bootstrap interval.")]
            + scale
    }

    private func scores(_ set: StudySummary.Set) throws -> [ReportBlock] {
        let plots = ScoreSummary(results: set.results, bootstrap: bootstrap)
        let tasks = set.taskCount > Self.mostTaskRows ? [] : [ReportBlock.figures([try plots.taskPlot().figure()])]
        return plots.gaps.map { .warning($0) } + [
            .table(try scoreTable(set), caption: "Normalised score, 0–100. " + set.results.unitSentence),
            .figures(
                [try interquartileMeans(set)] + (try improvements(set).map { [$0] } ?? [])
                    + [try plots.domainBars().figure(), try plots.profile().figure()]),
        ] + tasks + [.table(try plots.taskTable(), caption: "Mean score of each task.")]
    }

    /// Above this many tasks, a table says more than a plot of them.
    private static let mostTaskRows = 60

    private func scoreTable(_ set: StudySummary.Set) throws -> TextTable {
        let domains = set.results.domains.count > 1 ? set.results.domains : []
        let titles = ["seeds", "mean", "IQM", "P(beats \(summary.baseline))"] + domains
        return try TextTable(
            columns: [.init("method", .left)] + titles.map { .init($0, .right) },
            rows: set.entries.map { entry in
                let means = try domains.map { domain in
                    try set.results.strata(entry.method, tasks: set.results.tasks(of: domain))
                        .map { NumberText.fixed($0.mean) } ?? NumberText.missing
                }
                return [
                    entry.method, "\(entry.seeds)", NumberText.estimate(entry.mean),
                    NumberText.estimate(entry.interquartileMean),
                    entry.improvement.map { NumberText.estimate($0, decimals: 2) } ?? NumberText.missing,
                ] + means
            })
    }

    private static let costCaption =
        "What the runs cost. Seconds are those of training, a mean over seeds; a stage that a run took over from another one "
        + "counts for both."

    private func costTable() throws -> TextTable {
        try TextTable(
            columns: [.init("method", .left), .init("tasks", .left)]
                + ["parameters", "optimiser steps", "training time"].map { .init($0, .right) },
            rows: summary.sets.flatMap { set in
                set.entries.map { entry in
                    [
                        entry.method, set.title, NumberText.grouped(entry.parameters), NumberText.grouped(entry.steps),
                        NumberText.duration(seconds: entry.trainingSeconds),
                    ]
                }
            })
    }
}

extension String {
    /// The word, in the plural where it is not one thing.
    fileprivate func counted(_ count: Int) -> String {
        count == 1 ? self : self == "set of tasks" ? "sets of tasks" : self + "s"
    }
}
