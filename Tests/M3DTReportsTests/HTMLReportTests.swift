import Foundation
import Testing

@testable import M3DTReports

@Suite struct HTMLReportTests {
    private func allBlocks(_ text: String) throws -> [ReportBlock] {
        [
            .text(text), .cards([ReportCard(text, text, detail: text)]),
            .table(try TextTable(titles: [text, "n"], rows: [[text, "1"]]), caption: text),
            .figures([try LineChart(title: text, x: PlotAxis(text), y: PlotAxis(text), series: []).figure()]),
            .pictures([ReportPicture(text, try SamplePicture.png(width: 4, height: 2))]),
            .settings([ReportSetting(text, text)]), .source(text, name: text), .note(text), .warning(text),
        ]
    }

    @Test(arguments: [
        "plain", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "</style></title>",
        "a & b &amp; c", "]]>", "<!-- -->", "\u{0}\u{1}\u{FFFE}", "漢字 👩‍👩‍👧", "javascript:alert(1)",
    ])
    func everyTextIsSafeEverywhere(text: String) throws {
        let report = HTMLReport(title: text, subtitle: text, sections: [ReportSection(text, try allBlocks(text))])
        let page = StrictMarkup(report.html)
        #expect(page.failure == nil)
        // The page's own script, style and picture are the only ones.
        #expect(page.count("script") == 1)
        #expect(page.count("style") == 1)
        #expect(page.count("img") == 1)
        for element in page.elements {
            #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
            #expect(element.attributes["href"].map { $0.hasPrefix("#section-") } ?? true)
        }
        if !text.unicodeScalars.contains(where: { $0.value == 0 }) { #expect(page.text.contains(text)) }
    }

    @Test func thePageNeedsNothingFromOutside() throws {
        let html = HTMLReport(title: "t", sections: [ReportSection("s", try allBlocks("x"))]).html
        let withoutNames = html.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!withoutNames.contains("http://") && !withoutNames.contains("https://"))
        #expect(!html.contains("@import") && !html.contains("url("))
        #expect(html.contains("default-src 'none'; img-src data:"))
        #expect(html.contains("prefers-color-scheme:dark") && html.contains("@media print"))
    }

    @Test func linksLeadToSections() throws {
        let page = StrictMarkup(HTMLReport(title: "t", sections: ["a", "b"].map { ReportSection($0, []) }).html)
        let links = page.elements.compactMap { $0.attributes["href"].map { String($0.dropFirst()) } }
        #expect(links == ["section-1", "section-2"])
        #expect(page.identifiers == links)
    }

    @Test func numbersStandRightAndHeadingsSort() throws {
        let table = try TextTable(titles: ["name", "score"], rows: [["a", "1.0"], ["b", "–"]])
        let page = StrictMarkup(ReportBlock.table(table, caption: "c").html)
        #expect(page.failure == nil)
        #expect(page.elements.filter { $0.name == "th" }.map { $0.attributes["class"] ?? "" } == ["", "number"])
        #expect(page.count("button") == 2)
        #expect(page.elements.filter { $0.name == "td" && $0.attributes["class"] == "number" }.count == 2)
    }

    @Test func picturesAreInsideThePage() throws {
        let picture = try SamplePicture.png(width: 4, height: 2)
        let page = StrictMarkup(ReportBlock.pictures([ReportPicture("c", picture)]).html)
        let image = try #require(page.elements.first { $0.name == "img" }).attributes
        #expect(image["src"] == "data:image/png;base64," + picture.bytes.base64EncodedString())
        #expect(image["width"] == "4" && image["height"] == "2" && image["alt"] == "c")
    }

    @Test(arguments: [
        Data(), Data("GIF89a".utf8), Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + Data(count: 30),
    ])
    func whatIsNoPNGIsRefused(bytes: Data) {
        #expect(throws: ReportError.notPNG(name: "x")) { try PNGPicture(bytes, name: "x") }
    }

    @Test func theFileReplacesTheOldOneInOneStep() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("out/report.html")
            try HTMLReport(title: "one", sections: []).write(to: url)
            let report = HTMLReport(title: "two", sections: [])
            try report.write(to: url)
            #expect(try text(of: url) == report.html)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out") == ["report.html"])
        }
    }
}
