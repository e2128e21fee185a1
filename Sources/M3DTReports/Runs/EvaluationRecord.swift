import Foundation

/// One evaluated episode: a row of a run's `evaluation/*.csv`.
public struct EvaluationRecord: Sendable, Equatable {
    /// Who acted, such as `M3DT`.
    public var method: String
    /// The task's name.
    public var task: String
    /// The name of the task's domain.
    public var domain: String
    /// The seed that the episode was played with.
    public var seed: UInt64
    /// The number of the episode, from 0.
    public var episode: Int
    /// The undiscounted return.
    public var episodeReturn: Double
    /// The goal was reached at any step.
    public var succeeded: Bool
    /// The normalised score, 0 ... 100.
    public var score: Double
    /// Control steps.
    public var steps: Int

    /// Makes a record.
    public init(
        method: String, task: String, domain: String, seed: UInt64, episode: Int, episodeReturn: Double,
        succeeded: Bool, score: Double, steps: Int
    ) {
        self.method = method
        self.task = task
        self.domain = domain
        self.seed = seed
        self.episode = episode
        self.episodeReturn = episodeReturn
        self.succeeded = succeeded
        self.score = score
        self.steps = steps
    }

    /// The columns of the file, in order.
    public static let columns = [
        "method", "task", "domain", "seed", "episode", "return", "success", "score", "steps",
    ]

    /// The episode as a row under ``columns``; numbers are written so that reading gives the same bits.
    public var row: [String] {
        [
            method, task, domain, "\(seed)", "\(episode)", "\(episodeReturn)", succeeded ? "1" : "0", "\(score)",
            "\(steps)",
        ]
    }

    /// Writes episodes as a CSV file, in one step.
    ///
    /// - Throws: Where the file cannot be written.
    public static func write(_ records: [EvaluationRecord], to url: URL) throws {
        try CSVTable(columns: columns, rows: records.map(\.row), name: url.path).write(to: url)
    }

    /// Reads the episodes of a CSV file. Columns in any order; further ones are passed over.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read, a column is missing or a field is not what it should be.
    public static func read(_ url: URL) throws -> [EvaluationRecord] {
        try records(of: CSVTable(contentsOf: url))
    }

    /// The episodes of a table.
    ///
    /// - Throws: ``ReportError`` where a column is missing or a field is not what it should be.
    public static func records(of table: CSVTable) throws -> [EvaluationRecord] {
        let missing = columns.filter { !table.columns.contains($0) }
        guard missing.isEmpty else {
            throw ReportError.missingColumns(file: table.name, missing: missing, found: table.columns)
        }
        return try table.rows.indices.map { index in
            let row = CSVFields(table: table, index: index)
            return EvaluationRecord(
                method: row.text("method"), task: row.text("task"), domain: row.text("domain"),
                seed: try row.read("seed", as: "a whole number") { UInt64($0) },
                episode: try row.read("episode", as: "a whole number") { Int($0) },
                episodeReturn: try row.number("return"),
                succeeded: try row.read("success", as: "0 or 1") { ["0": false, "1": true][$0] },
                score: try row.number("score"), steps: try row.read("steps", as: "a whole number") { Int($0) })
        }
    }
}

/// The fields of one row of a table by their column.
struct CSVFields {
    let table: CSVTable
    let index: Int

    func text(_ column: String) -> String {
        table.columns.firstIndex(of: column).map { table.rows[index][$0] } ?? ""
    }

    /// - Throws: ``ReportError/field(file:line:column:text:expected:)``.
    func read<Value>(_ column: String, as expected: String, _ parse: (String) -> Value?) throws -> Value {
        let text = text(column)
        guard let value = parse(text) else {
            throw ReportError.field(
                file: table.name, line: table.line(of: index), column: column, text: text, expected: expected)
        }
        return value
    }

    /// - Throws: ``ReportError/field(file:line:column:text:expected:)``.
    func number(_ column: String) throws -> Double {
        try read(column, as: "a finite number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }
}
