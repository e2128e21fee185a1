/// A row for each label, with each series' value as a dot on its interval.
public struct DotIntervalPlot: Plot, Equatable {
    /// The heading.
    public var title: String
    /// What the dots measure.
    public var x: PlotAxis
    /// The names of the rows, from top to bottom.
    public var labels: [String]
    /// One dot in each row for each series.
    public var series: [LabelledSeries]
    /// A value that rows are compared with, such as 0.5 for a probability.
    public var reference: Double?
    /// Pixels.
    public var width: Double

    /// Makes a plot.
    public init(
        title: String, x: PlotAxis, labels: [String], series: [LabelledSeries], reference: Double? = nil,
        width: Double = 640
    ) {
        self.title = title
        self.x = x
        self.labels = labels
        self.series = series
        self.reference = reference
        self.width = width
    }

    /// Draws the plot; its height follows from the number of rows.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or a series has another length than there are labels.
    public func figure() throws -> SVGFigure {
        try LabelledSeries.check(series, labels: labels, plot: title)
        let values = LabelledSeries.extent(series)
        var map = AxisMap(
            x, values: values.isEmpty ? [] : values + (reference.map { [$0] } ?? []),
            tickCount: max(Int(width / 90), 2), nice: true)
        let rowHeight = hasIntervals ? max(18, Double(series.count) * 11 + 7) : 18
        let names = labels.map { TextWidth.fittingEnds($0, width: min(220, width * 0.4)) }
        let legend = series.indices.map { PlotFrame.LegendEntry(name: series[$0].name, index: $0) }
        func frame(height: Double) -> PlotFrame {
            PlotFrame(
                size: PlotSize(width: width, height: height), title: title, legend: series.count > 1 ? legend : [],
                xTitle: x.title, yTitle: "", yLabels: names)
        }
        // The head's height does not depend on the whole, so a first frame measures it.
        let probe = frame(height: 200)
        let height = 200 - probe.area.height + rowHeight * Double(max(labels.count, 1))
        var drawn = frame(height: height)
        (map.start, map.end) = (drawn.area.left + 4, drawn.area.right - 4)
        drawn.drawVerticalGrid(map)
        drawn.drawHorizontalAxis(map)
        if let reference {
            drawn.canvas.line(map(reference), drawn.area.top, map(reference), drawn.area.bottom, "error", dash: "4 3")
        }
        if values.isEmpty { drawn.drawNoData() }
        for row in labels.indices {
            let middle = drawn.area.top + (Double(row) + 0.5) * rowHeight
            let guide = hasIntervals ? middle + rowHeight / 2 : middle
            drawn.canvas.line(drawn.area.left, guide, drawn.area.right, guide, "grid")
            drawn.canvas.text(
                names[row], drawn.area.left - 8, middle + 4, .end, tip: names[row] == labels[row] ? nil : labels[row])
            drawRow(row, middle, map, &drawn.canvas)
        }
        return SVGFigure(
            title: title, description: LabelledSeries.summary(series, labels: labels, axis: x.title), width: width,
            height: height, elements: drawn.canvas.elements)
    }

    private var hasIntervals: Bool {
        series.contains { $0.values.contains { $0.map { $0.lower < $0.upper } ?? false } }
    }

    private func drawRow(_ row: Int, _ middle: Double, _ map: AxisMap, _ canvas: inout SVGCanvas) {
        for (index, series) in series.enumerated() {
            guard let value = series.values[row] else { continue }
            // Intervals would hide each other on one line; dots alone do not.
            let y = middle + (hasIntervals ? (Double(index) - Double(self.series.count - 1) / 2) * 11 : 0)
            let style = PlotStyle.seriesClass(index)
            if value.lower < value.upper { canvas.line(map(value.lower), y, map(value.upper), y, "whisker \(style)") }
            canvas.dot(
                map(value.value), y, radius: 4, "fill \(style)",
                tip: LabelledSeries.tip(series.name, labels[row], value))
        }
    }
}
