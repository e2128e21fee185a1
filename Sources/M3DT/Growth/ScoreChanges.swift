import M3DTReports

/// The scores of a policy before and after it was trained further, task by task.
public struct ScoreChanges: Sendable, Equatable {
    /// One task.
    public struct Row: Sendable, Equatable {
        public let task: String
        /// The policy was trained on the task before.
        public let isKnown: Bool
        public let before: Double
        public let after: Double

        public init(task: String, isKnown: Bool, before: Double, after: Double) {
            (self.task, self.isKnown, self.before, self.after) = (task, isKnown, before, after)
        }
    }

    /// The known tasks first.
    public let rows: [Row]

    public init(_ rows: [Row]) {
        self.rows = rows.filter(\.isKnown) + rows.filter { !$0.isKnown }
    }

    /// Compares the mean scores of the tasks that were played both times.
    init(before: [EvaluationRecord], after: [EvaluationRecord], knownBefore known: Set<String>) {
        let (old, new) = (Self.means(before), Self.means(after))
        self.init(
            new.keys.sorted().compactMap { task in
                guard let before = old[task], let after = new[task] else { return nil }
                return Row(task: task, isKnown: known.contains(task), before: before, after: after)
            })
    }

    /// The mean over the known tasks of the score before minus the score after; nothing where none was played.
    public var forgetting: Double? { Self.mean(rows.filter(\.isKnown).map { $0.before - $0.after }) }

    /// The mean over the new tasks of the score after minus the score before; nothing where none was played.
    public var gain: Double? { Self.mean(rows.filter { !$0.isKnown }.map { $0.after - $0.before }) }

    /// One line for each task, then the means.
    ///
    /// - Throws: `ReportError`.
    public func table() throws -> TextTable {
        var table = try TextTable(
            columns: [
                .init("task", .left), .init("trained on before", .left), .init("before", .right),
                .init("after", .right),
                .init("change", .right),
            ])
        func add(_ name: String, _ known: String, _ before: Double, _ after: Double) throws {
            let numbers = [before, after, after - before].map { NumberText.fixed($0) }
            try table.append([name, known] + numbers)
        }
        for row in rows { try add(row.task, row.isKnown ? "yes" : "no", row.before, row.after) }
        for isKnown in [true, false] {
            let part = rows.filter { $0.isKnown == isKnown }
            guard let before = Self.mean(part.map(\.before)), let after = Self.mean(part.map(\.after)) else { continue }
            try add("mean of \(isKnown ? "old" : "new") tasks", isKnown ? "yes" : "no", before, after)
        }
        return table
    }

    /// One row for each task.
    ///
    /// - Throws: `ReportError`.
    public func csv() throws -> CSVTable {
        try CSVTable(
            columns: ["task", "trained_on_before", "before", "after", "change"],
            rows: rows.map { row in
                [row.task, "\(row.isKnown)"] + [row.before, row.after, row.after - row.before].map { "\($0)" }
            })
    }

    private static func means(_ records: [EvaluationRecord]) -> [String: Double] {
        Dictionary(grouping: records, by: \.task).mapValues { mean($0.map(\.score)) ?? 0 }
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
