import Foundation

/// A report as one HTML file that needs nothing else: no network, no script or font from outside.
///
/// Every text is escaped, and the page's content policy forbids it to load anything.
public struct HTMLReport: Sendable, Equatable {
    /// The heading of the page.
    public var title: String
    /// A line under the heading; may be empty.
    public var subtitle: String
    /// What the page holds, in order.
    public var sections: [ReportSection]

    /// Makes a report of sections.
    public init(title: String, subtitle: String = "", sections: [ReportSection]) {
        self.title = title
        self.subtitle = subtitle
        self.sections = sections
    }

    /// The whole page; the same report gives the same bytes.
    public var html: String {
        let links = sections.enumerated().map {
            "<a href=\"#\(Self.anchor($0.offset))\">\(Markup.escaped($0.element.title))</a>"
        }
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
            + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
            + "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
            + "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
            + "<title>\(Markup.escaped(title))</title>\n<style>\(HTMLStyle.sheet)\(PlotStyle.sheet)</style>\n</head>\n<body>\n"
            + "<header><h1>\(Markup.escaped(title))</h1><p>\(Markup.escaped(subtitle))</p></header>\n"
            + "<nav aria-label=\"Sections\">\(links.joined())</nav>\n<main>\n"
            + sections.enumerated().map { Self.section($0.element, anchor: Self.anchor($0.offset)) }.joined()
            + "</main>\n<script>\(HTMLStyle.sortScript)</script>\n</body>\n</html>\n"
    }

    /// Writes the page in one step: the file is there in full or as it was.
    ///
    /// - Throws: Where the file cannot be written.
    public func write(to url: URL) throws {
        try writeAtomically(Data(html.utf8), to: url)
    }

    private static func anchor(_ index: Int) -> String { "section-\(index + 1)" }

    private static func section(_ section: ReportSection, anchor: String) -> String {
        "<section id=\"\(anchor)\">\n<h2>\(Markup.escaped(section.title))</h2>\n"
            + section.blocks.map { $0.html + "\n" }.joined() + "</section>\n"
    }
}
