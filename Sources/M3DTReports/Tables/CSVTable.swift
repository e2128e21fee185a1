import Foundation

/// A table in a CSV file (RFC 4180): a header, then rows of the same width.
public struct CSVTable: Sendable {
    /// The names in the header.
    public let columns: [String]
    public private(set) var rows: [[String]]
    /// Names the table in errors: its file, where it came from one.
    public let name: String
    /// The lines that rows began on in the text they were read from.
    private var rowLines: [Int] = []

    /// Makes a table.
    ///
    /// - Throws: ``ReportError/rowWidth(table:row:expected:found:)``.
    public init(columns: [String], rows: [[String]] = [], name: String = "table") throws {
        self.columns = columns
        self.rows = []
        self.name = name
        for row in rows { try append(row) }
    }

    /// Reads a file.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or does not follow the format.
    public init(contentsOf url: URL) throws {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw ReportError.file(path: url.path, operation: "read", reason: reason(of: error))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ReportError.malformed(file: url.path, line: 1, reason: "not UTF-8 text")
        }
        try self.init(parsing: text, name: url.path)
    }

    /// Reads a text. Lines may end in LF or CRLF; a byte-order mark is passed over.
    ///
    /// - Throws: ``ReportError/malformed(file:line:reason:)`` for broken quotes, a row of another width or a repeated column.
    public init(parsing text: String, name: String = "table") throws {
        var parser = CSVParser(text, name: name)
        guard let header = try parser.nextRow() else {
            throw ReportError.malformed(file: name, line: 1, reason: "no header")
        }
        guard Set(header).count == header.count else {
            throw ReportError.malformed(file: name, line: 1, reason: "a column stands twice in the header")
        }
        columns = header
        rows = []
        self.name = name
        while let row = try parser.nextRow() {
            guard row.count == header.count else {
                throw ReportError.malformed(
                    file: name, line: parser.rowLine, reason: "\(row.count) fields for \(header.count) columns")
            }
            rows.append(row)
            rowLines.append(parser.rowLine)
        }
    }

    /// Adds a row at the end.
    ///
    /// - Throws: ``ReportError/rowWidth(table:row:expected:found:)``.
    public mutating func append(_ row: [String]) throws {
        guard row.count == columns.count else {
            throw ReportError.rowWidth(table: name, row: rows.count + 1, expected: columns.count, found: row.count)
        }
        rows.append(row)
    }

    /// The line that a row begins on, from 1.
    func line(of row: Int) -> Int { row < rowLines.count ? rowLines[row] : row + 2 }

    /// The table as text, lines ended by CRLF as the standard has it.
    public var text: String {
        ([columns] + rows).map { row in
            // A lone empty field would be an empty line, which readers pass over.
            row == [""] ? "\"\"\r\n" : row.map(Self.quoted).joined(separator: ",") + "\r\n"
        }.joined()
    }

    /// Writes the file in one step: it is there in full or as it was.
    ///
    /// - Throws: Where the file cannot be written.
    public func write(to url: URL) throws {
        try writeAtomically(Data(text.utf8), to: url)
    }

    private static func quoted(_ field: String) -> String {
        let special = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}
