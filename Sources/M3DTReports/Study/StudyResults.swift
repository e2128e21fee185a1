import Foundation

/// The finished runs of a study.
public struct StudyResults: Sendable {
    /// A finished run and what it measured.
    struct Result: Sendable {
        let run: StudyRun
        let cost: StudyCost
        let folder: URL
        /// The episodes under the study's name of the method.
        let records: [EvaluationRecord]
    }

    public let folder: StudyFolder
    public let grid: StudyGrid
    let results: [Result]

    /// Reads what is finished.
    ///
    /// - Throws: ``ReportError`` where the folder holds no study or one of its files cannot be understood.
    public init(_ folder: StudyFolder) throws {
        self.folder = folder
        grid = try Self.read(StudyGrid.self, folder.grid)
        results = try grid.runs.filter { FileManager.default.fileExists(atPath: folder.cost($0).path) }.map { run in
            let episodes = folder.cell(run).appendingPathComponent("evaluation/episodes.csv")
            let records = try EvaluationRecord.read(episodes).map { record in
                var record = record
                record.method = run.method
                return record
            }
            return Result(
                run: run, cost: try Self.read(StudyCost.self, folder.cost(run)), folder: folder.cell(run),
                records: records)
        }
    }

    /// The number of finished runs.
    public var finished: Int { results.count }

    /// The mean score of a finished run over its tasks; nothing where it is not finished.
    public func score(of run: StudyRun) -> Double? {
        guard let records = results.first(where: { $0.run == run })?.records, !records.isEmpty else { return nil }
        let tasks = Dictionary(grouping: records, by: \.task).values
        return tasks.map { $0.reduce(0) { $0 + $1.score } / Double($0.count) }.reduce(0, +) / Double(tasks.count)
    }

    /// A row for each finished run and task: means over episodes.
    ///
    /// - Throws: ``ReportError``.
    public func table() throws -> CSVTable {
        var table = try CSVTable(columns: Self.columns, name: folder.results.path)
        for result in results {
            let run = result.run
            let byTask = Dictionary(grouping: result.records, by: \.task)
            for task in EvaluationResults(runs: [result.records]).tasks {
                guard let records = byTask[task], let first = records.first else { continue }
                func mean(_ value: (EvaluationRecord) -> Double) -> String {
                    "\(records.reduce(0) { $0 + value($1) } / Double(records.count))"
                }
                try table.append([
                    run.method, run.experts.map(String.init) ?? "", run.set, "\(run.taskCount)", "\(run.seed)", task,
                    first.domain, mean(\.score), mean(\.episodeReturn), mean { $0.succeeded ? 1 : 0 },
                    "\(records.count)", "\(result.cost.parameters)", "\(run.steps)", "\(result.cost.trainingSeconds)",
                ])
            }
        }
        return table
    }

    static let columns = [
        "method", "experts", "set", "task_count", "seed", "task", "domain", "score", "return", "success", "episodes",
        "parameters", "steps", "training_seconds",
    ]

    private static func read<Value: Decodable>(_ type: Value.Type, _ url: URL) throws -> Value {
        try JSONFile.read(type, url, else: "it does not hold what a study writes there")
    }
}
