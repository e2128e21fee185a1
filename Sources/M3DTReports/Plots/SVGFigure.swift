/// A finished plot as scalable vector graphics.
public struct SVGFigure: Sendable, Equatable {
    /// What the plot shows, for people who cannot see it.
    public let title: String
    /// What the plot says, in sentences.
    public let description: String
    /// Pixels at normal size.
    public let width: Double
    /// Pixels at normal size.
    public let height: Double
    /// The elements inside the picture.
    let elements: String

    /// A file of its own, with its style and background.
    public var document: String {
        let background = "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + element(content: "<style>" + PlotStyle.sheet + "</style>" + background) + "\n"
    }

    /// An element for an HTML page that holds ``PlotStyle/sheet``.
    public var inline: String { element(content: "") }

    private func element(content: String) -> String {
        let size = "\(SVGCanvas.number(width)) \(SVGCanvas.number(height))"
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" viewBox=\"0 0 \(size)\" "
            + "width=\"\(SVGCanvas.number(width))\" height=\"\(SVGCanvas.number(height))\">"
            + "<title>\(Markup.escaped(title))</title><desc>\(Markup.escaped(description))</desc>"
            + content + elements + "</svg>"
    }
}

/// A description of a plot that can be drawn.
public protocol Plot: Sendable {
    /// Draws the plot; the same description gives the same bytes.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or numbers and labels do not fit together.
    func figure() throws -> SVGFigure
}
