/// Reads CSV row by row.
struct CSVParser {
    private let bytes: [UInt8]
    private var position = 0
    private let name: String
    private var line = 1
    /// The line that the last row began on, from 1.
    private(set) var rowLine = 1

    init(_ text: String, name: String) {
        bytes = Array(text.utf8)
        self.name = name
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The fields of the next row that is not empty; nil at the end.
    ///
    /// - Throws: ``ReportError/malformed(file:line:reason:)``.
    mutating func nextRow() throws -> [String]? {
        while consumeLineEnd() {}
        rowLine = line
        guard current != nil else { return nil }
        var fields: [String] = []
        while true {
            fields.append(try current == Self.quote ? quotedField() : plainField())
            if current == Self.comma {
                position += 1
            } else {
                guard current == nil || consumeLineEnd() else { throw malformed("text after a closing quote") }
                return fields
            }
        }
    }

    private mutating func plainField() throws -> String {
        let start = position
        while let byte = current, ![Self.comma, Self.newline, Self.carriageReturn].contains(byte) {
            guard byte != Self.quote else { throw malformed("a quote inside a field that does not begin with one") }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quotedField() throws -> String {
        let startLine = line
        var field: [UInt8] = []
        position += 1
        while let byte = current {
            position += 1
            if byte == Self.quote {
                guard current == Self.quote else { return String(decoding: field, as: UTF8.self) }
                position += 1
            } else if byte == Self.newline {
                line += 1
            }
            field.append(byte)
        }
        throw ReportError.malformed(file: name, line: startLine, reason: "a quote is never closed")
    }

    private mutating func consumeLineEnd() -> Bool {
        if current == Self.carriageReturn, position + 1 < bytes.count, bytes[position + 1] == Self.newline {
            position += 1
        }
        guard current == Self.newline else { return false }
        position += 1
        line += 1
        return true
    }

    private func malformed(_ reason: String) -> ReportError {
        .malformed(file: name, line: line, reason: reason)
    }
}
