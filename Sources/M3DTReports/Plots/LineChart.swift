/// Curves over a measured axis, each with a band where one is known.
public struct LineChart: Plot, Equatable {
    /// A point of a curve.
    public struct Point: Sendable, Equatable {
        /// Where the point stands along the axis.
        public var x: Double
        /// How high the point stands.
        public var y: Double
        /// The lower and upper end of the band at this point.
        public var band: ClosedRange<Double>?

        /// Makes a point.
        public init(_ x: Double, _ y: Double, band: ClosedRange<Double>? = nil) {
            self.x = x
            self.y = y
            self.band = band
        }
    }

    /// A curve.
    public struct Series: Sendable, Equatable {
        /// The name in the legend.
        public var name: String
        /// In rising order of x; more than can be seen are thinned, keeping each stretch's lowest and highest.
        public var points: [Point]

        /// Makes a curve.
        public init(_ name: String, _ points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    /// How bands are drawn.
    public enum Bands: Sendable, Equatable {
        /// As areas, which show how a curve runs.
        case areas
        /// As whiskers beside each other, which keep many curves of few points apart.
        case whiskers
    }

    /// The heading.
    public var title: String
    /// The horizontal axis.
    public var x: PlotAxis
    /// The vertical axis.
    public var y: PlotAxis
    /// The curves.
    public var series: [Series]
    /// How bands are drawn.
    public var bands: Bands
    /// The size of the plot.
    public var size: PlotSize

    /// Makes a chart.
    public init(
        title: String, x: PlotAxis, y: PlotAxis, series: [Series], bands: Bands = .areas, size: PlotSize = PlotSize()
    ) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.bands = bands
        self.size = size
    }

    /// Draws the chart. A series without points is named in the legend as having none.
    ///
    /// - Throws: ``ReportError`` where a number is not finite, or not positive on a logarithmic axis.
    public func figure() throws -> SVGFigure {
        try check()
        let points = series.flatMap(\.points)
        let heights = points.map(\.y) + points.compactMap(\.band).flatMap { [$0.lowerBound, $0.upperBound] }
        var yMap = AxisMap(y, values: heights, tickCount: 5, nice: true)
        var xMap = AxisMap(x, values: points.map(\.x), tickCount: max(Int(size.width / 90), 2), nice: false)
        let legend = series.enumerated().map { index, series in
            PlotFrame.LegendEntry(name: series.name + (series.points.isEmpty ? " (no data)" : ""), index: index)
        }
        var frame = PlotFrame(
            size: size, title: title, legend: series.count > 1 ? legend : [], xTitle: x.title, yTitle: y.title,
            yLabels: yMap.ticks.map(\.label),
            rightReach: max(18, (xMap.ticks.last.map { TextWidth.of($0.label) } ?? 0) / 2 + 4))
        (xMap.start, xMap.end) = (frame.area.left + 6 + reach, frame.area.right - 2 - reach)
        (yMap.start, yMap.end) = (frame.area.bottom, frame.area.top)
        frame.drawHorizontalGrid(yMap)
        frame.drawHorizontalAxis(xMap)
        if points.isEmpty { frame.drawNoData() }
        let drawn = series.map { thinned($0.points) }
        for (index, points) in drawn.enumerated() { drawBand(points, index, shifted(xMap, index), yMap, &frame.canvas) }
        for (index, points) in drawn.enumerated() { drawLine(points, index, shifted(xMap, index), yMap, &frame.canvas) }
        return SVGFigure(
            title: title, description: summary, width: size.width, height: size.height, elements: frame.canvas.elements)
    }

    /// Pixels that the outermost curves are moved aside, so that whiskers stand beside each other.
    private var reach: Double { bands == .whiskers ? Double(series.count - 1) * 2.5 : 0 }

    private func shifted(_ map: AxisMap, _ index: Int) -> AxisMap {
        var map = map
        let shift = series.count > 1 ? reach * (2 * Double(index) / Double(series.count - 1) - 1) : 0
        (map.start, map.end) = (map.start + shift, map.end + shift)
        return map
    }

    private func drawBand(_ points: [Point], _ index: Int, _ x: AxisMap, _ y: AxisMap, _ canvas: inout SVGCanvas) {
        let banded = points.filter { $0.band != nil }
        guard banded.count > 1, bands == .areas else {
            for point in banded {
                guard let band = point.band else { continue }
                canvas.line(
                    x(point.x), y(band.lowerBound), x(point.x), y(band.upperBound),
                    "whisker \(PlotStyle.seriesClass(index))")
            }
            return
        }
        let upper = banded.map { (x: x($0.x), y: y($0.band?.upperBound ?? $0.y)) }
        let lower = banded.reversed().map { (x: x($0.x), y: y($0.band?.lowerBound ?? $0.y)) }
        canvas.path(upper + lower, "band \(PlotStyle.seriesClass(index))", closed: true)
    }

    private func drawLine(_ points: [Point], _ index: Int, _ x: AxisMap, _ y: AxisMap, _ canvas: inout SVGCanvas) {
        let style = PlotStyle.seriesClass(index)
        if points.count > 1 {
            canvas.path(points.map { (x($0.x), y($0.y)) }, "line \(style)", dash: PlotStyle.dash(index))
        }
        guard points.count <= Self.mostDots else { return }
        for point in points {
            canvas.dot(x(point.x), y(point.y), radius: 3, "fill \(style)", tip: tip(series[index].name, point))
        }
    }

    /// Curves of up to this many points show each as a dot.
    private static let mostDots = 16

    private func tip(_ name: String, _ point: Point) -> String {
        let band = point.band.map {
            " [\(NumberText.significant($0.lowerBound)), \(NumberText.significant($0.upperBound))]"
        }
        return "\(name): \(NumberText.significant(point.y))\(band ?? "") at \(NumberText.significant(point.x))"
    }

    /// At most two points for each pixel column: its lowest and its highest.
    private func thinned(_ points: [Point]) -> [Point] {
        let columns = Int(size.width)
        guard points.count > 2 * columns else { return points }
        return (0..<columns).flatMap { column -> [Point] in
            let stretch = points[points.count * column / columns..<points.count * (column + 1) / columns]
            guard let low = stretch.indices.min(by: { stretch[$0].y < stretch[$1].y }),
                let high = stretch.indices.max(by: { stretch[$0].y < stretch[$1].y })
            else { return [] }
            return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
        }
    }

    private func check() throws {
        for series in series {
            for (index, point) in series.points.enumerated() {
                let heights = [point.y, point.band?.lowerBound ?? point.y, point.band?.upperBound ?? point.y]
                guard point.x.isFinite, heights.allSatisfy(\.isFinite) else {
                    throw ReportError.plotNotFinite(plot: title, series: series.name, index: index)
                }
                let logarithmic = (x.scale == .logarithmic ? [point.x] : []) + (y.scale == .logarithmic ? heights : [])
                if let value = logarithmic.first(where: { $0 <= 0 }) {
                    throw ReportError.plotNotPositive(plot: title, series: series.name, index: index, value: value)
                }
            }
        }
    }

    private var summary: String {
        let ends = series.map { series in
            guard let first = series.points.first, let last = series.points.last else {
                return "\(series.name): no data"
            }
            return "\(series.name): from \(NumberText.significant(first.y)) at \(NumberText.significant(first.x)) "
                + "to \(NumberText.significant(last.y)) at \(NumberText.significant(last.x))"
        }
        return "\(y.title) over \(x.title). " + ends.joined(separator: "; ") + "."
    }
}
