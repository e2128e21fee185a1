/// A table of numbers as shades, such as how strongly each task uses each expert.
public struct HeatMap: Plot, Equatable {
    /// The heading.
    public var title: String
    /// What a row is.
    public var rowTitle: String
    /// What a column is.
    public var columnTitle: String
    /// What the shade means, with its unit.
    public var valueTitle: String
    /// The names of the rows, from top to bottom.
    public var rows: [String]
    /// The names of the columns, from left to right.
    public var columns: [String]
    /// One list for each row.
    public var values: [[Double]]
    /// The numbers at the ends of the colour bar. Default: from 0, or from minus to plus the largest where any is negative.
    public var range: ClosedRange<Double>?
    /// Pixels; small cells are not stretched beyond what is useful.
    public var width: Double

    /// Makes a heat map.
    public init(
        title: String, rowTitle: String, columnTitle: String, valueTitle: String, rows: [String], columns: [String],
        values: [[Double]], range: ClosedRange<Double>? = nil, width: Double = 720
    ) {
        self.title = title
        self.rowTitle = rowTitle
        self.columnTitle = columnTitle
        self.valueTitle = valueTitle
        self.rows = rows
        self.columns = columns
        self.values = values
        self.range = range
        self.width = width
    }

    /// Draws the map; it grows with its rows and columns. Negative numbers have a hue of their own.
    ///
    /// - Throws: ``ReportError`` where a number is not finite or the numbers do not fill the table.
    public func figure() throws -> SVGFigure {
        try check()
        let layout = HeatMapLayout(self)
        var canvas = SVGCanvas()
        canvas.text(TextWidth.fitting(title, width: layout.width - 24, size: 15.5), 12, 24, .start, "title")
        drawColourBar(layout, &canvas)
        canvas.text(columnTitle + " →", layout.area.left, layout.columnTitleY, .start, "strong")
        canvas.text(rowTitle + " ↓", layout.area.left - 8, layout.columnTitleY, .end, "strong")
        for (index, name) in columns.enumerated() {
            let x = layout.area.left + (Double(index) + 0.5) * layout.cellWidth
            let cut = TextWidth.fittingEnds(name, width: HeatMapLayout.longestLabel, size: 10)
            if layout.columnsTurned {
                canvas.text(cut, x + 4, layout.area.top - 5, .start, "small", turned: -60)
            } else {
                canvas.text(cut, x, layout.area.top - 6, .middle, "small")
            }
        }
        for row in rows.indices { drawRow(row, layout, &canvas) }
        if rows.isEmpty || columns.isEmpty { canvas.text("no data", 24, layout.area.top + 12) }
        return SVGFigure(
            title: title, description: summary(layout.scale), width: layout.width, height: layout.height,
            elements: canvas.elements)
    }

    private func drawRow(_ row: Int, _ layout: HeatMapLayout, _ canvas: inout SVGCanvas) {
        let top = layout.area.top + Double(row) * layout.cellHeight
        let middle = top + layout.cellHeight / 2
        let name = TextWidth.fittingEnds(rows[row], width: HeatMapLayout.longestLabel, size: 10)
        canvas.text(name, layout.area.left - 8, middle + 3.5, .end, "small")
        for (column, value) in values[row].enumerated() {
            let left = layout.area.left + Double(column) * layout.cellWidth
            let shade = layout.shade(value)
            // Thousands of tips would outweigh the picture.
            let tip =
                rows.count * columns.count > 4000
                ? nil : "\(rows[row]), \(columns[column]): \(NumberText.significant(value, digits: 3))"
            let cell = PlotRectangle(
                left: left + 0.5, top: top + 0.5, right: left + layout.cellWidth - 0.5,
                bottom: top + layout.cellHeight - 0.5)
            canvas.rectangle(cell, value < 0 ? "negative" : "positive", opacity: shade, tip: tip)
            guard layout.showsNumbers else { continue }
            let label = NumberText.fixed(value, decimals: 2)
            canvas.text(label, cell.middleX, middle + 3.5, .middle, shade > 0.55 ? "small on-dark" : "small")
        }
    }

    private func drawColourBar(_ layout: HeatMapLayout, _ canvas: inout SVGCanvas) {
        let (left, top, length, count) = (12.0, 40.0, 160.0, 40)
        let (low, high) = (layout.scale.lowerBound, layout.scale.upperBound)
        for index in 0..<count {
            let value = low + (high - low) * (Double(index) + 0.5) / Double(count)
            let start = left + length * Double(index) / Double(count)
            let cell = PlotRectangle(left: start, top: top, right: start + length / Double(count), bottom: top + 12)
            canvas.rectangle(cell, value < 0 ? "bar negative" : "bar positive", opacity: layout.shade(value))
        }
        let ends = low < 0 && high > 0 ? [low, 0, high] : [low, high]
        for value in ends {
            let x = left + length * (value - low) / (high - low)
            let anchor: SVGCanvas.Anchor = value == low ? .start : value == high ? .end : .middle
            canvas.text(NumberText.significant(value, digits: 3), x, top + 26, anchor, "small")
        }
        canvas.text(valueTitle, left + length + 12, top + 10)
    }

    private func check() throws {
        guard values.count == rows.count else {
            throw ReportError.plotShape(plot: title, what: "rows of numbers", expected: rows.count, found: values.count)
        }
        for (row, numbers) in values.enumerated() {
            guard numbers.count == columns.count else {
                throw ReportError.plotShape(
                    plot: title, what: "numbers in row \(rows[row])", expected: columns.count, found: numbers.count)
            }
            if let column = numbers.firstIndex(where: { !$0.isFinite }) {
                throw ReportError.plotNotFinite(plot: title, series: "row \(rows[row])", index: column)
            }
        }
    }

    private func summary(_ scale: ClosedRange<Double>) -> String {
        let strongest = zip(rows, values).prefix(12).compactMap { name, numbers in
            numbers.indices.max { numbers[$0] < numbers[$1] }.map { "\(name): \(columns[$0])" }
        }
        return "\(valueTitle) for \(rows.count) rows (\(rowTitle)) and \(columns.count) columns (\(columnTitle)), from "
            + "\(NumberText.significant(scale.lowerBound)) to \(NumberText.significant(scale.upperBound)). Strongest of each row: "
            + strongest.joined(separator: ", ") + (rows.count > 12 ? ", and more." : ".")
    }
}
