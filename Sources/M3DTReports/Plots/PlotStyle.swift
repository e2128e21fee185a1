/// Colours and type of every plot.
public enum PlotStyle {
    /// Colours of series that people with any colour vision tell apart, on white.
    static let light = ["#0b6bb5", "#d1580a", "#0b8a63", "#a8448c", "#a87900", "#5b6570", "#6d4fc2", "#3f8fb8"]
    /// The same hues, on near-black.
    static let dark = ["#5aaef5", "#ff9351", "#3ecf9e", "#ea8fce", "#e8b73a", "#a9b4c0", "#b39cff", "#93d3f0"]

    /// Dashes for series beyond the number of colours.
    static let dashes = ["", "6 3", "2 3", "8 3 2 3"]

    /// The style sheet that ``SVGFigure/inline`` needs; a page holds it once.
    ///
    /// Light and dark follow the reader's system on a screen; paper is always light.
    public static let sheet: String =
        ".plot{font:12px system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif;"
        + "font-variant-numeric:tabular-nums}"
        + ".plot .title{font-size:15px;font-weight:600}.plot .strong{font-weight:600}.plot .small{font-size:10px}"
        + ".plot .line{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}"
        + ".plot .band{fill:currentColor;fill-opacity:.16;stroke:none}.plot .fill{fill:currentColor}"
        + ".plot .whisker{fill:none;stroke:currentColor;stroke-width:1.6}.plot .error{fill:none;stroke-width:1.2}"
        + ".plot .grid,.plot .axis{fill:none;stroke-width:1;shape-rendering:crispEdges}"
        + ".plot .bar{shape-rendering:crispEdges}"
        + colours(
            series: light, text: "#4a535d", title: "#1a2027", grid: "#e4e8ec", axis: "#9aa4ae", paper: "#ffffff",
            error: "#1a2027", positive: "#08519c", negative: "#b04a00")
        + "@media screen and (prefers-color-scheme:dark){"
        + colours(
            series: dark, text: "#aeb8c2", title: "#eef2f6", grid: "#2a313a", axis: "#67717d", paper: "#12161b",
            error: "#eef2f6", positive: "#7cc0ff", negative: "#ffab70")
        + "}"

    private static func colours(
        series: [String], text: String, title: String, grid: String, axis: String, paper: String, error: String,
        positive: String, negative: String
    ) -> String {
        series.enumerated().map { ".plot .s\($0.offset){color:\($0.element)}" }.joined()
            + ".plot text{fill:\(text)}.plot .title,.plot .strong{fill:\(title)}.plot .grid{stroke:\(grid)}"
            + ".plot .axis{stroke:\(axis)}.plot .paper{fill:\(paper)}.plot .error{stroke:\(error)}"
            + ".plot .positive{fill:\(positive)}.plot .negative{fill:\(negative)}.plot .on-dark{fill:\(paper)}"
    }

    /// The class that colours a series.
    static func seriesClass(_ index: Int) -> String { "s\(index % light.count)" }

    static func dash(_ index: Int) -> String { dashes[index / light.count % dashes.count] }
}
