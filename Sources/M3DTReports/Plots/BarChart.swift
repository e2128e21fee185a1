/// Bars in groups, with error bars where an interval is known.
public struct BarChart: Plot, Equatable {
    /// The heading.
    public var title: String
    /// What the groups are.
    public var groupTitle: String
    /// What the bars measure.
    public var y: PlotAxis
    /// The names of the groups, from left to right.
    public var groups: [String]
    /// One bar in each group for each series.
    public var series: [LabelledSeries]
    /// The plot grows wider than this where its bars would become too thin.
    public var size: PlotSize

    /// Makes a chart.
    public init(
        title: String, groupTitle: String = "", y: PlotAxis, groups: [String], series: [LabelledSeries],
        size: PlotSize = PlotSize()
    ) {
        self.title = title
        self.groupTitle = groupTitle
        self.y = y
        self.groups = groups
        self.series = series
        self.size = size
    }

    /// Draws the chart on a linear axis that begins at zero.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or a series has another length than there are groups.
    public func figure() throws -> SVGFigure {
        try LabelledSeries.check(series, labels: groups, plot: title)
        let extent = LabelledSeries.extent(series)
        var map = AxisMap(
            PlotAxis(y.title, includes: y.includes), values: extent.isEmpty ? [] : extent + [0], tickCount: 5,
            nice: true)
        let pitch = max((size.width - 80) / Double(max(groups.count, 1)), Double(series.count) * 5 + 8, 15)
        let labels = PlotFrame.GroupLabels(groups, pitch: pitch)
        let legend = series.indices.map { PlotFrame.LegendEntry(name: series[$0].name, index: $0, isLine: false) }
        let tickWidth = (map.ticks.map { TextWidth.of($0.label) }.max() ?? 0) + 16
        let leftReach = labels.reachLeft - pitch / 2 + 10
        let width = max(size.width, max(tickWidth, leftReach) + pitch * Double(groups.count) + 18)
        let height = size.height + max(labels.height - 60, 0)
        var frame = PlotFrame(
            size: PlotSize(width: width, height: height), title: title, legend: series.count > 1 ? legend : [],
            xTitle: groupTitle, yTitle: y.title, yLabels: map.ticks.map(\.label), bottomHeight: labels.height,
            leftReach: leftReach)
        (map.start, map.end) = (frame.area.bottom, frame.area.top)
        frame.drawHorizontalGrid(map)
        if extent.isEmpty { frame.drawNoData() }
        let step = frame.area.width / Double(max(groups.count, 1))
        let middles = groups.indices.map { frame.area.left + (Double($0) + 0.5) * step }
        for (group, middle) in middles.enumerated() { drawGroup(group, middle, step, map, &frame.canvas) }
        frame.drawGroupLabels(labels, middles: middles)
        return SVGFigure(
            title: title, description: LabelledSeries.summary(series, labels: groups, axis: y.title), width: width,
            height: height, elements: frame.canvas.elements)
    }

    private func drawGroup(
        _ group: Int, _ middle: Double, _ pitch: Double, _ map: AxisMap, _ canvas: inout SVGCanvas
    ) {
        let barWidth = min(pitch * 0.8 / Double(max(series.count, 1)), 44)
        let left = middle - barWidth * Double(series.count) / 2
        for (index, series) in series.enumerated() {
            guard let value = series.values[group] else { continue }
            let start = left + barWidth * Double(index)
            let (top, bottom) = (map(max(value.value, 0)), map(min(value.value, 0)))
            let gap = min(barWidth * 0.06, 1)
            canvas.rectangle(
                PlotRectangle(left: start + gap, top: top, right: start + barWidth - gap, bottom: bottom),
                "fill \(PlotStyle.seriesClass(index))", tip: LabelledSeries.tip(series.name, groups[group], value))
            guard value.lower < value.upper else { continue }
            let x = start + barWidth / 2
            let cap = min(barWidth * 0.22, 5)
            canvas.line(x, map(value.lower), x, map(value.upper), "error")
            canvas.line(x - cap, map(value.lower), x + cap, map(value.lower), "error")
            canvas.line(x - cap, map(value.upper), x + cap, map(value.upper), "error")
        }
    }
}
