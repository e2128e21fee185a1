/// What all plots with two axes have around their data: title, legend, grid, ticks and axis titles.
struct PlotFrame {
    struct LegendEntry {
        var name: String
        var index: Int
        var isLine = true
    }

    /// Labels under the horizontal axis where it counts things rather than measures.
    struct GroupLabels {
        var names: [String]
        var turned: Bool
        var height: Double
        /// Pixels that the first label reaches out to the left of its group's middle.
        var reachLeft: Double

        static let longest = 150.0

        init(_ names: [String], pitch: Double) {
            self.names = names
            let widest = names.map { TextWidth.of($0) }.max() ?? 0
            turned = widest + 8 > pitch
            let length = min(widest, Self.longest)
            height = turned ? length * 0.72 + 16 : 20
            reachLeft = turned ? names.first.map { min(TextWidth.of($0), Self.longest) * 0.72 } ?? 0 : 0
        }
    }

    var canvas = SVGCanvas()
    let size: PlotSize
    var area: PlotRectangle

    /// Draws title and legend and reserves room for the axes.
    init(
        size: PlotSize, title: String, legend: [LegendEntry], xTitle: String, yTitle: String, yLabels: [String],
        bottomHeight: Double = 20, leftReach: Double = 0, rightReach: Double = 18
    ) {
        self.size = size
        let left = max((yLabels.map { TextWidth.of($0) }.max() ?? 0) + 16, leftReach, 16)
        area = PlotRectangle(
            left: left, top: 14, right: size.width - rightReach,
            bottom: size.height - bottomHeight - (xTitle.isEmpty ? 8 : 26))
        if !title.isEmpty {
            canvas.text(TextWidth.fitting(title, width: size.width - 24, size: 15.5), 12, 24, .start, "title")
            area.top = 40
        }
        drawLegend(legend)
        if !yTitle.isEmpty {
            canvas.text(yTitle, 12, area.top + 8)
            area.top += 14
        }
        area.top += 8
        canvas.text(xTitle, area.right, size.height - 8, .end)
    }

    /// The legend stands above the data, never over it, in as many rows as it takes.
    private mutating func drawLegend(_ entries: [LegendEntry]) {
        guard !entries.isEmpty else { return }
        var x = 12.0
        var y = area.top + 8
        for entry in entries {
            let name = TextWidth.fitting(entry.name, width: size.width - 60)
            let width = 26 + TextWidth.of(name) + 16
            if x + width > size.width - 4, x > 12 {
                x = 12
                y += 19
            }
            let style = PlotStyle.seriesClass(entry.index)
            if entry.isLine {
                canvas.line(x, y - 4, x + 20, y - 4, "line \(style)", dash: PlotStyle.dash(entry.index))
            } else {
                canvas.rectangle(PlotRectangle(left: x + 4, top: y - 10, right: x + 16, bottom: y + 2), "fill \(style)")
            }
            canvas.text(name, x + 26, y)
            x += width
        }
        area.top = y + 14
    }

    /// Lines across the area at the ticks of the vertical axis, with their labels.
    mutating func drawHorizontalGrid(_ map: AxisMap) {
        for tick in map.ticks {
            let y = map(tick.value)
            canvas.line(area.left, y, area.right, y, tick.value == 0 ? "axis" : "grid")
            canvas.text(tick.label, area.left - 8, y + 4, .end)
        }
    }

    /// Ticks and labels of a measured horizontal axis; labels that would touch are left out.
    mutating func drawHorizontalAxis(_ map: AxisMap) {
        canvas.line(area.left, area.bottom, area.right, area.bottom, "axis")
        var free = -Double.infinity
        for tick in map.ticks {
            let x = map(tick.value)
            canvas.line(x, area.bottom, x, area.bottom + 5, "axis")
            let half = TextWidth.of(tick.label) / 2
            guard x - half > free else { continue }
            canvas.text(tick.label, x, area.bottom + 18, .middle)
            free = x + half + 6
        }
    }

    /// Lines down the area at the ticks of a measured horizontal axis.
    mutating func drawVerticalGrid(_ map: AxisMap) {
        for tick in map.ticks { canvas.line(map(tick.value), area.top, map(tick.value), area.bottom, "grid") }
    }

    mutating func drawGroupLabels(_ labels: GroupLabels, middles: [Double]) {
        for (name, x) in zip(labels.names, middles) {
            let cut = TextWidth.fittingEnds(name, width: GroupLabels.longest)
            let tip = cut == name ? nil : name
            if labels.turned {
                canvas.text(cut, x + 4, area.bottom + 13, .end, turned: -45, tip: tip)
            } else {
                canvas.text(cut, x, area.bottom + 18, .middle, tip: tip)
            }
        }
    }

    /// Says that there is nothing to show.
    mutating func drawNoData() {
        canvas.text("no data", area.middleX, (area.top + area.bottom) / 2, .middle)
    }
}

/// The size of a plot, in pixels.
public struct PlotSize: Sendable, Equatable {
    /// Pixels.
    public var width: Double
    /// Pixels.
    public var height: Double

    /// Makes a size. Default: two plots fit beside each other on a page.
    public init(width: Double = 640, height: Double = 360) {
        self.width = width
        self.height = height
    }
}
