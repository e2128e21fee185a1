/// A table whose columns line up, for a terminal or for Markdown.
public struct TextTable: Sendable, Equatable {
    /// The side that cells stand on.
    public enum Alignment: Sendable, Equatable {
        case left, right
        /// Right where every cell that is not empty begins like a number, else left.
        case automatic
    }

    /// The head of a column.
    public struct Column: Sendable, Equatable {
        /// The heading of the column.
        public var title: String
        /// The side that its cells stand on.
        public var alignment: Alignment

        /// Makes a column.
        public init(_ title: String, _ alignment: Alignment = .automatic) {
            self.title = title
            self.alignment = alignment
        }
    }

    /// The columns.
    public let columns: [Column]
    public private(set) var rows: [[String]]

    /// Makes a table.
    ///
    /// - Throws: ``ReportError/rowWidth(table:row:expected:found:)``.
    public init(columns: [Column], rows: [[String]] = []) throws {
        self.columns = columns
        self.rows = []
        for row in rows { try append(row) }
    }

    /// Makes a table whose columns find out for themselves whether they hold numbers.
    ///
    /// - Throws: ``ReportError/rowWidth(table:row:expected:found:)``.
    public init(titles: [String], rows: [[String]] = []) throws {
        try self.init(columns: titles.map { Column($0) }, rows: rows)
    }

    /// Adds a row at the end.
    ///
    /// - Throws: ``ReportError/rowWidth(table:row:expected:found:)``.
    public mutating func append(_ row: [String]) throws {
        guard row.count == columns.count else {
            throw ReportError.rowWidth(
                table: "table \(columns.map(\.title).joined(separator: ", "))", row: rows.count + 1,
                expected: columns.count, found: row.count)
        }
        rows.append(row.map { $0.replacing("\r\n", with: " ").replacing("\n", with: " ") })
    }

    /// The table as plain text, its title underlined; every line ends without spaces.
    public func text() -> String {
        let widths = columnWidths(of: [columns.map(\.title)] + rows)
        let alignments = columns.indices.map(isRight)
        let lines = [columns.map(\.title), widths.map { String(repeating: "─", count: $0) }] + rows
        return lines.map { line in
            let cells = line.indices.map { Self.padded(line[$0], to: widths[$0], right: alignments[$0]) }
            return Self.withoutTrailingSpaces(cells.joined(separator: "  ")) + "\n"
        }.joined()
    }

    /// The table in GitHub's Markdown.
    public func markdown() -> String {
        let escaped = ([columns.map(\.title)] + rows).map { $0.map(Self.escapedForMarkdown) }
        let widths = columnWidths(of: escaped).map { max($0, 3) }
        let alignments = columns.indices.map(isRight)
        let rule = widths.indices.map { index in
            String(repeating: "-", count: widths[index] - (alignments[index] ? 1 : 0)) + (alignments[index] ? ":" : "")
        }
        return ([escaped[0], rule] + escaped.dropFirst()).map { line in
            let cells = line.indices.map { Self.padded(line[$0], to: widths[$0], right: alignments[$0]) }
            return "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }

    /// Whether a column is set to the right.
    func isRight(_ index: Int) -> Bool {
        switch columns[index].alignment {
        case .left: return false
        case .right: return true
        case .automatic:
            let cells = rows.map { $0[index] }.filter { !$0.isEmpty && $0 != NumberText.missing }
            return !cells.isEmpty && cells.allSatisfy(Self.beginsLikeNumber)
        }
    }

    private static func beginsLikeNumber(_ text: String) -> Bool {
        guard let word = text.split(separator: " ").first else { return false }
        let digits = String(word.drop { "+-−".contains($0) }.filter { $0 != "," })
        return Double(digits.hasSuffix("%") ? String(digits.dropLast()) : digits) != nil
    }

    private func columnWidths(of lines: [[String]]) -> [Int] {
        columns.indices.map { index in lines.map { DisplayWidth.of($0[index]) }.max() ?? 0 }
    }

    private static func padded(_ text: String, to width: Int, right: Bool) -> String {
        let spaces = String(repeating: " ", count: max(width - DisplayWidth.of(text), 0))
        return right ? spaces + text : text + spaces
    }

    private static func withoutTrailingSpaces(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }

    private static func escapedForMarkdown(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
    }
}
