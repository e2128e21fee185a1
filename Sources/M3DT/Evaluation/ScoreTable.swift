import M3DTEvaluation
import M3DTReports

/// The scores of one method as a table: each task, each domain, all tasks.
public enum ScoreTable {
    /// One line for each task, then each domain, then the mean and the interquartile mean with their 95 % intervals over the
    /// episodes.
    ///
    /// - Throws: `ReportError` where there are no rows.
    public static func table(_ rows: [EvaluationRow]) throws -> TextTable {
        let summary = EvaluationSummary(rows)
        var table = try TextTable(columns: [.init("task", .left), .init("return", .right), .init("score", .right)])
        for task in summary.tasks {
            try table.append([task.name, NumberText.fixed(task.meanReturn), NumberText.fixed(task.meanScore)])
        }
        for (domain, score) in summary.domainMeans {
            try table.append(["mean of \(domain.rawValue)", "", NumberText.fixed(score)])
        }
        let strata = try ScoreStrata(summary.scores)
        try table.append(["mean of all tasks", "", NumberText.estimate(strata.meanInterval())])
        try table.append(["interquartile mean", "", NumberText.estimate(strata.interquartileMeanInterval())])
        return table
    }
}
