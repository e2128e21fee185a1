/// Where the parts of a heat map lie, in pixels.
struct HeatMapLayout {
    static let longestLabel = 170.0

    let scale: ClosedRange<Double>
    let cellWidth, cellHeight: Double
    let area: PlotRectangle
    let columnsTurned, showsNumbers: Bool
    let columnTitleY: Double
    let width, height: Double

    init(_ map: HeatMap) {
        let numbers = map.values.flatMap { $0 }
        let largest = numbers.map { abs($0) }.max() ?? 1
        let end = largest > 0 ? largest : 1
        scale = map.range ?? (numbers.contains { $0 < 0 } ? -end...end : 0...end)

        let rowLabels =
            (map.rows.map { TextWidth.of($0, size: 10) } + [TextWidth.of(map.rowTitle + " ↓", size: 13)]).max() ?? 0
        let left = min(rowLabels, Self.longestLabel) + 20
        cellWidth = min(max((map.width - left - 16) / Double(max(map.columns.count, 1)), 13), 64)
        cellHeight = map.rows.count > 40 ? 13 : map.rows.count > 16 ? 17 : 22
        showsNumbers = cellWidth >= 30 && cellHeight >= 17

        let columnLabel = min(map.columns.map { TextWidth.of($0, size: 10) }.max() ?? 0, Self.longestLabel)
        columnsTurned = columnLabel + 4 > cellWidth
        columnTitleY = 90
        let top = columnTitleY + (columnsTurned ? columnLabel * 0.87 + 14 : 22)
        area = PlotRectangle(
            left: left, top: top, right: left + cellWidth * Double(map.columns.count),
            bottom: top + cellHeight * Double(map.rows.count))
        // Turned labels of the last columns lean out to the right.
        let lean = columnsTurned ? columnLabel * 0.5 : 0
        width = max(area.right + max(16, lean - cellWidth / 2 + 8), 360)
        height = area.bottom + 14
    }

    /// How strong the shade of a number is, 0.03 ... 1: even a zero is seen to be a cell.
    func shade(_ value: Double) -> Double {
        let span = scale.lowerBound < 0 ? max(-scale.lowerBound, scale.upperBound) : scale.upperBound - scale.lowerBound
        let part = scale.lowerBound < 0 ? abs(value) : value - scale.lowerBound
        return 0.03 + 0.97 * min(max(part / span, 0), 1)
    }
}
