import Foundation
import Testing

@testable import M3DTReports

@Suite struct RunFilesTests {
    private func decoded(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test(arguments: [
        ("3", "3"), ("-0.25", "-0.25"), ("1e300", "1×10³⁰⁰"), ("true", "yes"), ("false", "no"), ("null", "–"),
        ("\"a\"", "a"), ("[1, \"b\", [2, null]]", "1, b, 2, –"), ("{\"b\": 2, \"a\": {\"c\": 1}}", "a.c: 1, b: 2"),
        // Beyond what a double holds exactly, all digits would be a lie.
        ("9007199254740993", "9.0072×10¹⁵"),
    ])
    func valuesAreReadAsPeopleWriteThem(json: String, text: String) throws {
        #expect(try decoded(json).text == text)
    }

    @Test func namesInsideNamesAreJoined() throws {
        let settings = try decoded(#"{"torch":{"version":"2.13.0","cuda":null},"cores":[1,2]}"#).settings()
        #expect(
            settings == [
                ReportSetting("cores", "1, 2"), ReportSetting("torch.cuda", "–"),
                ReportSetting("torch.version", "2.13.0"),
            ])
    }

    @Test func everythingThatARunWritesIsFound() throws {
        try withTemporaryFolder { folder in
            let sample = SampleRun()
            try sample.write(to: folder)
            let files = try RunFiles(folder)
            #expect(files.missing.isEmpty)
            #expect(files.evaluation.records == sample.records())
            #expect(files.metrics.count == sample.stages.count * 101)
            #expect(files.grouping?.method == "gradient")
            #expect(files.grouping?.experts.flatMap { $0 }.sorted() == sample.tasks.map(\.name).sorted())
            #expect(files.grouping?.statistics.map(\.name) == ["inertia", "iterations"])
            #expect(files.gates?.tasks == sample.tasks.map(\.name))
            #expect(files.gates?.experts == ["expert-0", "expert-1", "expert-2"])
            #expect(files.gates?.weights.allSatisfy { $0.count == 3 } == true)
            #expect(files.pictures.map(\.caption).first == "cheetah-vel-00-step-0")
        }
    }

    @Test func severalEvaluationsComeTogetherInOrderOfTheirNames() throws {
        try withTemporaryFolder { folder in
            let records = SampleRun(tasksPerDomain: [("ant-dir", 2)]).records()
            for (name, method) in [("b", "untrained"), ("a", "M3DT")] {
                try EvaluationRecord.write(
                    records.filter { $0.method == method },
                    to: folder.appendingPathComponent("evaluation/\(name).csv"))
            }
            try Data("notes".utf8).write(to: folder.appendingPathComponent("evaluation/notes.txt"))
            #expect(try RunFiles(folder).evaluation.methods == ["M3DT", "untrained"])
        }
    }

    @Test func tasksOfTheGateMapStandInTheOrderOfTheirGroups() throws {
        try withTemporaryFolder { folder in
            let gates = "task,expert-0,expert-1\na,0.1,0.9\nb,0.8,0.2\nnew,0.5,0.5\nc,0.3,0.7\n"
            try Data(gates.utf8).write(to: folder.appendingPathComponent("gates.csv"))
            let grouping = #"{"method":"random","experts":[["c","b"],["a"]]}"#
            try Data(grouping.utf8).write(to: folder.appendingPathComponent("grouping.json"))
            let report = try RunReport(runFolder: folder).report
            let section = try #require(report.sections.first { $0.title == "Gates" })
            guard case .figures(let figures) = section.blocks[1] else {
                Issue.record("the gates have no figure")
                return
            }
            let order = ["c", "b", "a", "new"].map { figures[0].elements.range(of: ">\($0)</text>")?.lowerBound }
            #expect(!order.contains(nil))
            #expect(order.compactMap { $0 } == order.compactMap { $0 }.sorted())
        }
    }

    @Test func aReportWithoutWritePermissionFailsAndNamesTheFolder() throws {
        guard getuid() != 0 else { return }
        try withTemporaryFolder { folder in
            try Data("width: 8\n".utf8).write(to: folder.appendingPathComponent("config.yaml"))
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
            defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
            let error = #expect(throws: (any Error).self) { try RunReport.write(runFolder: folder) }
            #expect(error.map { "\($0)" }?.contains(folder.lastPathComponent) == true)
        }
    }
}

@Suite struct MarkupTests {
    @Test(arguments: [
        ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"), ("\u{0}\u{B}", "\u{FFFD}\u{FFFD}"), ("\t\n", "\t\n"), ("", ""),
        ("漢👍", "漢👍"), ("\u{FFFE}", "\u{FFFD}"),
    ])
    func everyCharacterWithAMeaningIsEscaped(text: String, expected: String) {
        #expect(Markup.escaped(text) == expected)
    }

    @Test func everyCharacterSurvivesAStrictParser() {
        let all = String(String.UnicodeScalarView((0x20...0x2FF).compactMap(Unicode.Scalar.init)))
        let page = StrictMarkup("<p title=\"\(Markup.escaped(all))\">\(Markup.escaped(all))</p>")
        #expect(page.failure == nil)
        #expect(page.text == all)
        #expect(page.elements.first?.attributes["title"] == all)
    }
}
