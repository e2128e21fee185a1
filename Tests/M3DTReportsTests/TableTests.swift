import Foundation
import Testing

@testable import M3DTReports

@Suite struct TableTests {
    @Test func columnsLineUpAndNumbersStandRight() throws {
        let table = try TextTable(
            titles: ["task", "score", "note"],
            rows: [["ant-dir-03", "7.5", "ok"], ["走る", "61.2 [58.9, 63.4]", "é"], ["x", "–", "👍 fine"]])
        #expect(
            table.text() == """
                task                    score  note
                ──────────  ─────────────────  ───────
                ant-dir-03                7.5  ok
                走る        61.2 [58.9, 63.4]  é
                x                           –  👍 fine

                """)
    }

    @Test func markdownLinesUpAndEscapes() throws {
        let table = try TextTable(titles: ["a|b", "n"], rows: [["x\ny", "10"], ["\\", "-2"]])
        #expect(
            table.markdown() == """
                | a\\|b |   n |
                | ---- | --: |
                | x y  |  10 |
                | \\\\   |  -2 |

                """)
    }

    @Test(
        arguments: [
            (["1", "-2.5", "+3"], true), (["1,234"], true), (["45%"], true), (["–", "3"], true), (["1e-5"], true),
            (["3 tasks"], true), (["ant"], false), (["1", "two"], false), ([], false), (["", "–"], false),
            (["  "], false),
        ] as [([String], Bool)])
    func numbersAreToldFromNames(cells: [String], right: Bool) throws {
        #expect(try TextTable(titles: ["x"], rows: cells.map { [$0] }).isRight(0) == right)
    }

    @Test func anAlignmentThatIsSetHolds() throws {
        let table = try TextTable(columns: [.init("id", .left), .init("name", .right)], rows: [["1", "a"]])
        #expect(table.text() == "id  name\n──  ────\n1      a\n")
    }

    @Test func aRowOfAnotherWidthIsAnError() throws {
        #expect(throws: ReportError.rowWidth(table: "table a, b", row: 2, expected: 2, found: 1)) {
            try TextTable(titles: ["a", "b"], rows: [["1", "2"], ["3"]])
        }
    }

    @Test(arguments: [
        ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｆ", 2), ("한", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("–±×", 3),
        ("a\u{200B}b", 2), ("\u{7}", 0),
    ])
    func widthsAreThoseOfATerminal(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test func longTextIsCutAtItsWidth() {
        #expect(DisplayWidth.cut("abcdef", to: 6) == "abcdef")
        #expect(DisplayWidth.cut("abcdef", to: 4) == "abc…")
        #expect(DisplayWidth.cut("漢字漢字", to: 4) == "漢…")
        #expect(DisplayWidth.cut("abc", to: 0) == "")
    }

    @Test(arguments: [
        (1234.5, 1, "1234.5"), (-0.04, 1, "0.0"), (0.05, 1, "0.1"), (-1.25, 0, "-1"), (.nan, 1, "–"),
        (.infinity, 2, "–"),
    ])
    func fixedNumbers(value: Double, decimals: Int, text: String) {
        #expect(NumberText.fixed(value, decimals: decimals) == text)
    }

    @Test(arguments: [
        (0.0, "0"), (0.5, "0.5"), (12.3456, "12.35"), (123_456.0, "123456"), (99_999.9, "100000"), (1e7, "1×10⁷"),
        (0.000123, "0.000123"), (0.0000123, "1.23×10⁻⁵"), (-2.5e-12, "-2.5×10⁻¹²"), (9.9999e-5, "0.0001"), (.nan, "–"),
    ])
    func significantNumbers(value: Double, text: String) {
        #expect(NumberText.significant(value) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func groupedNumbers(value: Int, text: String) {
        #expect(NumberText.grouped(value) == text)
    }

    @Test(arguments: [
        (0.0, "0:00"), (59.6, "1:00"), (754.0, "12:34"), (3600.0, "1:00:00"), (183_120.0, "2 d 02:52"), (-1.0, "–"),
        (.nan, "–"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(NumberText.duration(seconds: seconds) == text)
    }
}

@Suite struct CSVTests {
    @Test func specialFieldsAreQuoted() throws {
        let table = try CSVTable(
            columns: ["a", "b"], rows: [["x,y", "say \"hi\""], ["two\nlines", ""], [" pad ", "ü"]])
        #expect(table.text == "a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",\r\n pad ,ü\r\n")
    }

    @Test func whatIsWrittenIsReadBack() throws {
        try withTemporaryFolder { folder in
            let fields = ["", "plain", ",", "\"", "\"\"", "\r\n", "\n", "\r", "a\"b,c\nd", "'", "漢", " "]
            let rows = fields.flatMap { first in fields.map { [first, $0] } }
            let url = folder.appendingPathComponent("inner/table.csv")
            try CSVTable(columns: ["a", "b"], rows: rows).write(to: url)
            let read = try CSVTable(contentsOf: url)
            #expect(read.columns == ["a", "b"])
            #expect(read.rows == rows)
        }
    }

    @Test func aSingleEmptyFieldIsARow() throws {
        let table = try CSVTable(columns: ["a"], rows: [[""], ["x"]])
        #expect(try CSVTable(parsing: table.text).rows == [[""], ["x"]])
    }

    @Test(arguments: ["a,b\n1,2\n", "a,b\r\n1,2", "\u{FEFF}a,b\n\n1,2\n\n", "\"a\",b\n\"1\",\"2\"\n"])
    func variantsOfTheFormatAreRead(text: String) throws {
        let table = try CSVTable(parsing: text)
        #expect(table.columns == ["a", "b"])
        #expect(table.rows == [["1", "2"]])
    }

    @Test(arguments: [
        ("", 1, "no header"), ("a,b\n1\n", 2, "1 fields for 2 columns"), ("a\n\"x\n", 2, "a quote is never closed"),
        ("a\n\"x\"y\n", 2, "text after a closing quote"),
        ("a\nx\"y\n", 2, "a quote inside a field that does not begin with one"),
        ("a,a\n", 1, "a column stands twice in the header"), ("a\n\"1\n2\"\n\n3,4\n", 5, "2 fields for 1 columns"),
    ])
    func brokenFilesNameTheLine(text: String, line: Int, reason: String) {
        #expect(throws: ReportError.malformed(file: "f", line: line, reason: reason)) {
            try CSVTable(parsing: text, name: "f")
        }
    }

    @Test func rowsTakeThePlaceOfThoseWithTheSameKey() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("table.csv")
            let columns = ["case", "threads", "time"]
            let old = try CSVTable(
                columns: columns, rows: [["a", "1", "10"], ["a", "2", "20"], ["b", "1", "30"]])
            #expect(try old.replacing(in: url, by: ["case"]).rows == old.rows, "there is no file yet")
            try old.write(to: url)
            let new = try CSVTable(columns: columns, rows: [["c", "1", "40"], ["a", "2", "50"]])
            let both = try new.replacing(in: url, by: ["case", "threads"])
            #expect(both.rows == [["a", "1", "10"], ["a", "2", "50"], ["b", "1", "30"], ["c", "1", "40"]])
            let other = try CSVTable(columns: ["case", "time"])
            #expect(throws: ReportError.self) { try other.replacing(in: url, by: ["case"]) }
        }
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        try withTemporaryFolder { folder in
            let blocked = folder.appendingPathComponent("file/table.csv")
            try Data("x".utf8).write(to: folder.appendingPathComponent("file"))
            #expect(throws: (any Error).self) { try CSVTable(columns: ["a"]).write(to: blocked) }
            #expect(try text(of: folder.appendingPathComponent("file")) == "x")
        }
    }

    @Test func evaluationsComeBackBitForBit() throws {
        try withTemporaryFolder { folder in
            let records = SampleRun().records()
            let url = folder.appendingPathComponent("scores.csv")
            try EvaluationRecord.write(records, to: url)
            #expect(try EvaluationRecord.read(url) == records)
        }
    }

    @Test(arguments: [
        ("seed", "-1", "a whole number"), ("episode", "x", "a whole number"), ("return", "inf", "a finite number"),
        ("success", "yes", "0 or 1"), ("score", "", "a finite number"), ("steps", "1.5", "a whole number"),
    ])
    func aWrongFieldIsNamed(column: String, value: String, expected: String) throws {
        var row = Dictionary(uniqueKeysWithValues: zip(EvaluationRecord.columns, SampleRun().records()[0].row))
        row[column] = value
        let table = try CSVTable(
            columns: EvaluationRecord.columns, rows: [EvaluationRecord.columns.map { row[$0] ?? "" }], name: "f")
        #expect(throws: ReportError.field(file: "f", line: 2, column: column, text: value, expected: expected)) {
            try EvaluationRecord.records(of: table)
        }
    }
}
