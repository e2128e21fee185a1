import Foundation

/// Writes the elements of a plot; lengths are pixels, y points down.
struct SVGCanvas {
    private(set) var elements = ""

    enum Anchor: String { case start, middle, end }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String, dash: String = "") {
        let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
        elements +=
            "<line class=\"\(name)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" "
            + "x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"\(dashes)/>"
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ name: String, dash: String = "", closed: Bool = false) {
        let corners = points.enumerated().map { index, point in
            (index == 0 ? "M" : "L") + Self.number(point.x) + " " + Self.number(point.y)
        }
        let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
        elements += "<path class=\"\(name)\" d=\"\(corners.joined())\(closed ? "Z" : "")\"\(dashes)/>"
    }

    mutating func rectangle(_ frame: PlotRectangle, _ name: String, opacity: Double? = nil, tip: String? = nil) {
        let faded = opacity.map { " fill-opacity=\"\(Self.number($0, decimals: 3))\"" } ?? ""
        let start =
            "<rect class=\"\(name)\" x=\"\(Self.number(frame.left))\" y=\"\(Self.number(frame.top))\" "
            + "width=\"\(Self.number(frame.width))\" height=\"\(Self.number(frame.height))\"\(faded)"
        elements += Self.closing(start, "rect", tip)
    }

    mutating func dot(_ x: Double, _ y: Double, radius: Double, _ name: String, tip: String? = nil) {
        let start =
            "<circle class=\"\(name)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\""
        elements += Self.closing(start, "circle", tip)
    }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, _ name: String = "", turned: Double = 0,
        tip: String? = nil
    ) {
        guard !text.isEmpty else { return }
        let turn =
            turned == 0 ? "" : " transform=\"rotate(\(Self.number(turned)) \(Self.number(x)) \(Self.number(y)))\""
        let style = name.isEmpty ? "" : " class=\"\(name)\""
        elements +=
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor.rawValue)\"\(style)\(turn)>"
            + Markup.escaped(text) + (tip.map { "<title>\(Markup.escaped($0))</title>" } ?? "") + "</text>"
    }

    /// A coordinate with at most two decimals and no needless zeros.
    static func number(_ value: Double, decimals: Int = 2) -> String {
        let text = String(format: "%.\(decimals)f", value)
        let trimmed = String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
        return trimmed.isEmpty || trimmed == "-" || trimmed == "-0" ? "0" : trimmed
    }

    private static func closing(_ start: String, _ element: String, _ tip: String?) -> String {
        guard let tip else { return start + "/>" }
        return start + "><title>\(Markup.escaped(tip))</title></\(element)>"
    }
}

/// A part of a plot, in pixels.
struct PlotRectangle: Equatable {
    var left, top, right, bottom: Double

    var width: Double { right - left }
    var height: Double { bottom - top }
    var middleX: Double { (left + right) / 2 }
}

/// Guesses how wide a text will be: fonts differ, so the guess is on the wide side.
enum TextWidth {
    /// Pixels.
    static func of(_ text: String, size: Double = 12) -> Double {
        text.reduce(0) { $0 + ems($1) } * size
    }

    /// The text cut with an ellipsis so that it fits.
    static func fitting(_ text: String, width: Double, size: Double = 12) -> String {
        guard of(text, size: size) > width else { return text }
        var kept = ""
        var used = ems("…") * size
        for character in text {
            used += ems(character) * size
            if used > width { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// The text with an ellipsis for its middle, so that it fits: what tells names apart often stands at their end.
    static func fittingEnds(_ text: String, width: Double, size: Double = 12) -> String {
        guard of(text, size: size) > width else { return text }
        let letters = Array(text)
        var kept = letters.count - 1
        while kept > 2 {
            let cut = String(letters.prefix(kept / 2)) + "…" + String(letters.suffix(kept - kept / 2))
            if of(cut, size: size) <= width { return cut }
            kept -= 1
        }
        return "…"
    }

    private static func ems(_ character: Character) -> Double {
        if DisplayWidth.of(character) == 2 { return 1.05 }
        if "il.,:;|!'()[]jtfrI".contains(character) { return 0.36 }
        if "mwMW@%—…".contains(character) { return 0.92 }
        return character.isUppercase ? 0.7 : 0.585
    }
}
