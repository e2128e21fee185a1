import Foundation

extension ReportBlock {
    /// The block's element.
    var html: String {
        switch self {
        case .text(let text): "<p>\(Markup.escaped(text))</p>"
        case .cards(let cards): "<div class=\"cards\">\(cards.map(Self.card).joined())</div>"
        case .table(let table, let caption): Self.table(table, caption: caption)
        case .figures(let figures): "<div class=\"figures\">\(figures.map(Self.figure).joined())</div>"
        case .pictures(let pictures): "<div class=\"pictures\">\(pictures.map(Self.picture).joined())</div>"
        case .settings(let settings): "<dl>\(settings.map(Self.setting).joined())</dl>"
        case .source(let text, let name):
            "<details open=\"open\"><summary>\(Markup.escaped(name))</summary><pre>\(Markup.escaped(text))</pre></details>"
        case .note(let text): "<p class=\"note\">\(Markup.escaped(text))</p>"
        case .warning(let text): "<p class=\"note warning\"><strong>Warning:</strong> \(Markup.escaped(text))</p>"
        }
    }

    private static func card(_ card: ReportCard) -> String {
        "<div class=\"card\"><div class=\"name\">\(Markup.escaped(card.title))</div>"
            + "<div class=\"value\">\(Markup.escaped(card.value))</div>"
            + "<div class=\"detail\">\(Markup.escaped(card.detail))</div></div>"
    }

    private static func table(_ table: TextTable, caption: String) -> String {
        let alignments = table.columns.indices.map { table.isRight($0) ? " class=\"number\"" : "" }
        let head = zip(table.columns, alignments).map { column, alignment in
            "<th scope=\"col\"\(alignment)><button type=\"button\">\(Markup.escaped(column.title))</button></th>"
        }
        let rows = table.rows.map { row in
            "<tr>" + zip(row, alignments).map(Self.cell).joined() + "</tr>\n"
        }
        let name = Markup.escaped(caption)
        return "<div class=\"table\"><div class=\"caption\">\(name)</div>\n"
            + "<div class=\"scroll\"><table aria-label=\"\(name)\">\n<thead><tr>\(head.joined())</tr></thead>\n<tbody>\n\(rows.joined())</tbody></table></div></div>"
    }

    private static func cell(_ text: String, alignment: String) -> String {
        // Short names keep to one line even on a narrow screen.
        let style = alignment.isEmpty && text.count <= 32 ? " class=\"short\"" : alignment
        return "<td\(style)>\(Markup.escaped(text))</td>"
    }

    private static func figure(_ figure: SVGFigure) -> String {
        // A plot that is wider than half a page gets a row of its own.
        "<figure class=\"\(figure.width > 660 ? "wide" : "narrow")\">\(figure.inline)</figure>"
    }

    private static func picture(_ picture: ReportPicture) -> String {
        let caption = Markup.escaped(picture.caption)
        let data = picture.picture.bytes.base64EncodedString()
        return
            "<figure><img alt=\"\(caption)\" width=\"\(picture.picture.width)\" height=\"\(picture.picture.height)\" "
            + "src=\"data:image/png;base64,\(data)\"/><figcaption>\(caption)</figcaption></figure>"
    }

    private static func setting(_ setting: ReportSetting) -> String {
        "<dt>\(Markup.escaped(setting.name))</dt><dd>\(Markup.escaped(setting.value))</dd>"
    }
}
