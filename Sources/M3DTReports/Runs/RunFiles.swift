import Foundation

/// What a run folder holds for a report; parts that a run has not written are nil or empty.
struct RunFiles {
    struct Grouping: Equatable {
        var method: String
        /// For each expert the names of its tasks.
        var experts: [[String]]
        var statistics: [ReportSetting]
    }

    struct Gates: Equatable {
        var tasks: [String]
        var experts: [String]
        /// One list of mean gate weights for each task.
        var weights: [[Double]]
    }

    let folder: URL
    var metrics: [MetricsRecord] = []
    var evaluation = EvaluationResults(runs: [])
    var grouping: Grouping?
    var gates: Gates?
    var pictures: [ReportPicture] = []
    var configuration: String?
    var versions: [ReportSetting] = []

    /// Reads a run folder.
    ///
    /// - Throws: ``ReportError`` where nothing of a run is there, or a file that is there cannot be understood.
    init(_ folder: URL) throws {
        self.folder = folder
        let parts = ["metrics.jsonl", "evaluation", "config.yaml", "grouping.json", "gates.csv"]
        guard parts.contains(where: { Self.exists(folder.appendingPathComponent($0)) }) else {
            throw ReportError.notARun(folder: folder.path)
        }
        metrics = try part("metrics.jsonl", MetricsLog.read) ?? []
        evaluation = EvaluationResults(
            runs: [try files(in: "evaluation", ending: "csv").flatMap(EvaluationRecord.read)])
        grouping = try part("grouping.json", Self.grouping)
        gates = try part("gates.csv", Self.gates)
        pictures = try files(in: "pictures", ending: "png").map {
            ReportPicture($0.deletingPathExtension().lastPathComponent, try PNGPicture(contentsOf: $0))
        }
        configuration = try part("config.yaml", Self.text)
        versions = try part("versions.json", JSONValue.read)?.settings() ?? []
    }

    /// What is not there, in words.
    var missing: [String] {
        var missing: [String] = []
        if metrics.isEmpty { missing.append("metrics.jsonl: no curves of losses and conflict") }
        if evaluation.records.isEmpty { missing.append("evaluation/*.csv: no scores") }
        if grouping == nil { missing.append("grouping.json: no groups of tasks") }
        if gates == nil { missing.append("gates.csv: no gate weights") }
        if pictures.isEmpty { missing.append("pictures/*.png: no pictures") }
        if configuration == nil { missing.append("config.yaml: no configuration") }
        if versions.isEmpty { missing.append("versions.json: no versions") }
        return missing
    }

    private func part<Value>(_ name: String, _ read: (URL) throws -> Value) throws -> Value? {
        let url = folder.appendingPathComponent(name)
        return Self.exists(url) ? try read(url) : nil
    }

    private func files(in name: String, ending: String) throws -> [URL] {
        let inner = folder.appendingPathComponent(name)
        guard Self.exists(inner) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(at: inner, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
        } catch {
            throw ReportError.file(path: inner.path, operation: "list", reason: reason(of: error))
        }
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    private static func text(_ url: URL) throws -> String {
        do {
            return try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw ReportError.file(path: url.path, operation: "read", reason: reason(of: error))
        }
    }

    private static func grouping(_ url: URL) throws -> Grouping {
        let value = try JSONValue.read(url)
        guard case .list(let experts) = value["experts"] else {
            throw ReportError.malformed(file: url.path, line: 1, reason: "no list named experts")
        }
        let names = try experts.map { expert in
            guard case .list(let tasks) = expert else {
                throw ReportError.malformed(file: url.path, line: 1, reason: "an expert is not a list of task names")
            }
            return tasks.map(\.text)
        }
        return Grouping(
            method: value["method"]?.text ?? "", experts: names, statistics: value["statistics"]?.settings() ?? [])
    }

    private static func gates(_ url: URL) throws -> Gates {
        let table = try CSVTable(contentsOf: url)
        guard let first = table.columns.first, first == "task", table.columns.count > 1 else {
            throw ReportError.missingColumns(
                file: url.path, missing: table.columns.first == "task" ? ["expert-0"] : ["task"], found: table.columns)
        }
        let experts = Array(table.columns.dropFirst())
        let weights = try table.rows.indices.map { index in
            try experts.map { try CSVFields(table: table, index: index).number($0) }
        }
        return Gates(tasks: table.rows.map { $0[0] }, experts: experts, weights: weights)
    }
}
