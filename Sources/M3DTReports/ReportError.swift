/// Why something that people look at could not be written, read or drawn.
public enum ReportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A measured value is NaN or infinite.
    case metricNotFinite(name: String, stage: String, step: Int)
    /// The system refused an operation on a file.
    case file(path: String, operation: String, reason: String)
    /// A text file does not follow its format.
    case malformed(file: String, line: Int, reason: String)
    /// A table in a file lacks columns.
    case missingColumns(file: String, missing: [String], found: [String])
    /// A field of a table cannot be read as what it should be.
    case field(file: String, line: Int, column: String, text: String, expected: String)
    /// A row has another number of cells than its table has columns.
    case rowWidth(table: String, row: Int, expected: Int, found: Int)
    /// A number to be drawn is NaN or infinite.
    case plotNotFinite(plot: String, series: String, index: Int)
    /// A number to be drawn on a logarithmic axis is zero or negative.
    case plotNotPositive(plot: String, series: String, index: Int, value: Double)
    /// Numbers and labels of a plot do not fit together.
    case plotShape(plot: String, what: String, expected: Int, found: Int)
    /// A statistic was asked of no numbers.
    case emptySample(statistic: String)
    /// A statistic was asked of a number that is NaN or infinite.
    case sampleNotFinite(statistic: String)
    /// Two samples that are compared task by task hold different numbers of tasks.
    case taskCounts(statistic: String, first: Int, second: Int)
    /// A file that should be a PNG picture is not.
    case notPNG(name: String)
    /// The folder holds nothing that a run writes.
    case notARun(folder: String)

    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .metricNotFinite(let name, let stage, let step):
            "\(name) is not finite at step \(step) of stage \(stage); the training has diverged: lower the learning rate "
                + "or resume from an earlier checkpoint"
        case .file(let path, let operation, let reason):
            "\(path): cannot \(operation): \(reason)"
        case .malformed(let file, let line, let reason):
            "\(file), line \(line): \(reason); repair or delete the line"
        case .missingColumns(let file, let missing, let found):
            "\(file): no column named \(missing.joined(separator: ", ")); the file has "
                + (found.isEmpty ? "no columns" : found.joined(separator: ", "))
        case .field(let file, let line, let column, let text, let expected):
            "\(file), line \(line), column \(column): \"\(text)\" is not \(expected)"
        case .rowWidth(let table, let row, let expected, let found):
            "\(table), row \(row): \(found) cells for \(expected) columns"
        case .plotNotFinite(let plot, let series, let index):
            "plot \"\(plot)\", \(series), value \(index): not finite; leave it out or mend its source"
        case .plotNotPositive(let plot, let series, let index, let value):
            "plot \"\(plot)\", \(series), value \(index): \(value) has no place on a logarithmic axis; use a linear one"
        case .plotShape(let plot, let what, let expected, let found):
            "plot \"\(plot)\": \(found) \(what) where \(expected) belong"
        case .emptySample(let statistic):
            "\(statistic) of no numbers; evaluate at least one episode"
        case .sampleNotFinite(let statistic):
            "\(statistic) of a number that is not finite; mend the evaluation it came from"
        case .taskCounts(let statistic, let first, let second):
            "\(statistic) compares task by task, but one side has \(first) tasks and the other \(second)"
        case .notPNG(let name):
            "\(name): not a PNG picture"
        case .notARun(let folder):
            "\(folder): not a run folder; it should hold metrics.jsonl, evaluation/ or config.yaml"
        }
    }
}
