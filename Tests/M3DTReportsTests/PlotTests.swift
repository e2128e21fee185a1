import Foundation
import Testing

@testable import M3DTReports

@Suite struct AxisTests {
    private func labels(_ values: [Double], nice: Bool = true, count: Int = 5, log: Bool = false) -> [String] {
        AxisMap(PlotAxis("", scale: log ? .logarithmic : .linear), values: values, tickCount: count, nice: nice)
            .ticks.map(\.label)
    }

    @Test(
        arguments: [
            ([0.0, 100.0], ["0", "20", "40", "60", "80", "100"]),
            ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            ([-0.03, 0.37], ["−0.1", "0", "0.1", "0.2", "0.3", "0.4"]),
            ([0, 400_000], ["0", "100k", "200k", "300k", "400k"]),
            ([0, 2_000_000], ["0", "0.5M", "1.0M", "1.5M", "2.0M"]),
            ([0, 7e-6], ["0", "2×10⁻⁶", "4×10⁻⁶", "6×10⁻⁶", "8×10⁻⁶"]),
            ([12, 13], ["12.0", "12.2", "12.4", "12.6", "12.8", "13.0"]),
            ([5], ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]),
            ([0], ["−1.0", "−0.5", "0", "0.5", "1.0"]),
            ([], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ] as [([Double], [String])])
    func linearTicksAreRound(values: [Double], expected: [String]) {
        #expect(labels(values) == expected)
    }

    @Test(
        arguments: [
            ([1.0, 1000.0], ["1", "10", "100", "1000"]),
            ([0.02, 0.6], ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]),
            ([1e-8, 1], ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]),
            ([3e5, 4e5], ["2×10⁵", "5×10⁵"]),
            ([7], ["2", "5", "10", "20"]),
        ] as [([Double], [String])])
    func logarithmicTicksAreRound(values: [Double], expected: [String]) {
        #expect(labels(values, log: true) == expected)
    }

    @Test func ticksAreFewAndInsideForEverySpan() {
        for exponent in -12...12 {
            for factor in [1.0, 1.7, 3.3, 9.9] {
                let high = factor * pow(10, Double(exponent))
                let map = AxisMap(PlotAxis(""), values: [0, high], tickCount: 5, nice: true)
                #expect((3...7).contains(map.ticks.count))
                #expect(map.low <= 0 && map.high >= high * (1 - 1e-9))
                #expect(Set(map.ticks.map(\.label)).count == map.ticks.count, "labels repeat up to \(high)")
            }
        }
    }

    @Test func numbersBecomePixels() {
        var map = AxisMap(PlotAxis(""), values: [0, 10], tickCount: 5, nice: true)
        (map.start, map.end) = (200, 100)
        #expect([map(0), map(5), map(10)] == [200, 150, 100])
        map = AxisMap(PlotAxis("", scale: .logarithmic), values: [1, 100], tickCount: 5, nice: true)
        (map.start, map.end) = (0, 100)
        #expect(abs(map(10) - 50) < 1e-9)
    }
}

@Suite struct PlotTests {
    private let hostile = "<script>alert('x')</script>&\"]]>"

    /// The figure as a strict parser sees it, with every coordinate inside the picture.
    private func checked(_ plot: any Plot) throws -> StrictMarkup {
        let figure = try plot.figure()
        let markup = StrictMarkup(figure.document)
        #expect(markup.failure == nil)
        #expect(markup.count("script") == 0)
        for (names, limit) in [(["x", "x1", "x2", "cx"], figure.width), (["y", "y1", "y2", "cy"], figure.height)] {
            for name in names {
                for element in ["text", "line", "rect", "circle"] {
                    for value in markup.numbers(name, of: element) {
                        #expect(
                            value >= -0.01 && value <= limit + 0.01, "\(element) \(name)=\(value) leaves the picture")
                    }
                }
            }
        }
        return markup
    }

    private func line(_ series: [LineChart.Series], log: Bool = false) -> LineChart {
        LineChart(
            title: "Loss", x: PlotAxis("steps"), y: PlotAxis("loss", scale: log ? .logarithmic : .linear),
            series: series)
    }

    @Test func aLineChartHasItsPartsAndMeaning() throws {
        let figure = try checked(
            line([
                .init("a", [.init(0, 1), .init(1, 0.5, band: 0.4...0.6), .init(2, 0.25, band: 0.2...0.3)]),
                .init("b", [.init(0, 2), .init(2, 1)]),
            ]))
        #expect(figure.count("path") == 3)  // Two lines, one band.
        #expect(figure.count("circle") == 5)
        #expect(figure.text.contains("a: from 1 at 0 to 0.25 at 2; b: from 2 at 0 to 1 at 2."))
        #expect(figure.elements.first?.attributes["role"] == "img")
    }

    @Test func theSamePlotGivesTheSameBytes() throws {
        let plot = line([.init("a", [.init(0, 1), .init(1, 2)])])
        #expect(try plot.figure() == plot.figure())
    }

    @Test func strangeInputsStillDraw() throws {
        #expect(try checked(line([])).text.contains("no data"))
        #expect(try checked(line([.init("gone", []), .init("here", [.init(3, 4)])])).text.contains("gone (no data)"))
        #expect(try checked(line([.init("dot", [.init(1, 1, band: 0...2)])])).count("circle") == 1)
        _ = try checked(line([.init("flat", [.init(0, 0), .init(1, 0)])]))
        _ = try checked(line([.init("tiny", [.init(0, 1e-300), .init(1, 2e-300)])]))
        _ = try checked(line([.init("wide", [.init(0, -1e12), .init(1, 1e12)])]))
        _ = try checked(line([.init("log", [.init(1, 1e-9), .init(2, 1e3)])], log: true))
        _ = try checked(line((0..<20).map { .init("series with a long name \($0)", [.init(0, Double($0))]) }))
    }

    @Test func theLegendStandsAboveTheData() throws {
        let names = (0..<12).map { "a method with a long name \($0)" }
        let figure = try checked(line(names.map { .init($0, [.init(0, 0), .init(1, 100)]) }))
        let legend = figure.numbers("y1", of: "line").filter { $0 < 140 }
        #expect(legend.count >= 12)
        let paths = figure.elements.filter { $0.name == "path" }.compactMap { $0.attributes["d"] }
        let tops = paths.flatMap { path in
            path.split { "ML".contains($0) }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        }
        let lowestEntry = try #require(figure.numbers("y", of: "text").sorted().dropFirst(12).first)
        #expect(try #require(tops.min()) > lowestEntry)
    }

    @Test func longCurvesAreThinnedButKeepTheirPeaks() throws {
        var points = (0..<100_000).map { LineChart.Point(Double($0), sin(Double($0) / 1000)) }
        points[54_321].y = 50
        let figure = try line([.init("a", points)]).figure()
        #expect(figure.elements.utf8.count < 40_000)
        let plain = try line([.init("a", points.map { .init($0.x, sin($0.x / 1000)) })]).figure()
        #expect(figure.elements != plain.elements)
        #expect(figure.elements.contains(">60<") || figure.elements.contains(">50<"))
    }

    @Test func numbersThatAreNotFiniteAreErrors() throws {
        for broken in [
            LineChart.Point(0, .nan), .init(.infinity, 0), .init(0, 0, band: -Double.infinity...1),
        ] {
            #expect(throws: ReportError.plotNotFinite(plot: "Loss", series: "a", index: 1)) {
                try line([.init("a", [.init(0, 0), broken])]).figure()
            }
        }
        #expect(throws: ReportError.plotNotPositive(plot: "Loss", series: "a", index: 0, value: 0)) {
            try line([.init("a", [.init(0, 0)])], log: true).figure()
        }
        let value = IntervalEstimate(value: 1, lower: .nan, upper: 2)
        #expect(throws: ReportError.plotNotFinite(plot: "B", series: "s", index: 0)) {
            try BarChart(title: "B", y: PlotAxis("y"), groups: ["g"], series: [.init("s", [value])]).figure()
        }
        #expect(throws: ReportError.plotNotFinite(plot: "H", series: "row r", index: 1)) {
            try heatMap(rows: ["r"], columns: ["a", "b"], [[0, .nan]]).figure()
        }
    }

    @Test func countsMustFit() throws {
        #expect(throws: ReportError.plotShape(plot: "B", what: "values of s", expected: 2, found: 1)) {
            try BarChart(title: "B", y: PlotAxis("y"), groups: ["g", "h"], series: [.init("s", [nil])]).figure()
        }
        #expect(throws: ReportError.plotShape(plot: "H", what: "rows of numbers", expected: 2, found: 1)) {
            try heatMap(rows: ["r", "s"], columns: ["a"], [[0]]).figure()
        }
        #expect(throws: ReportError.plotShape(plot: "H", what: "numbers in row r", expected: 1, found: 2)) {
            try heatMap(rows: ["r"], columns: ["a"], [[0, 1]]).figure()
        }
    }

    private func grid(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Double) -> [[Double]] {
        (0..<rows).map { row in (0..<columns).map { value(row, $0) } }
    }

    private func heatMap(rows: [String], columns: [String], _ values: [[Double]]) -> HeatMap {
        HeatMap(
            title: "H", rowTitle: "task", columnTitle: "expert", valueTitle: "gate", rows: rows, columns: columns,
            values: values)
    }

    private func bars(groups: Int, series: Int, intervals: Bool = true) -> BarChart {
        BarChart(
            title: "Bars", y: PlotAxis("score"), groups: (0..<groups).map { "metaworld-button-press-\($0)" },
            series: (0..<series).map { index in
                LabelledSeries(
                    "method \(index)",
                    (0..<groups).map { group in
                        let value = Double((group * 7 + index * 13) % 100)
                        return IntervalEstimate(
                            value: value, lower: intervals ? value * 0.8 : value, upper: intervals ? value * 1.1 : value
                        )
                    })
            })
    }

    @Test func barsHaveErrorBarsAndSkipWhatIsMissing() throws {
        var chart = bars(groups: 3, series: 2)
        #expect(try checked(chart).elements.filter { $0.attributes["class"] == "error" }.count == 5 * 3)
        #expect(
            try checked(bars(groups: 3, series: 2, intervals: false)).elements.allSatisfy {
                $0.attributes["class"] != "error"
            })
        chart.series[0].values[1] = nil
        let rectangles = try checked(chart).elements.filter { $0.name == "rect" && $0.attributes["class"] != "paper" }
        #expect(rectangles.count == 5 + 2)  // Bars and legend.
        chart.series[0].values[0] = IntervalEstimate(value: -20, lower: -30, upper: -10)
        #expect(try checked(chart).numbers("height", of: "rect").allSatisfy { $0 >= 0 })
        _ = try checked(BarChart(title: "", y: PlotAxis(""), groups: [], series: []))
    }

    @Test func manyLongLabelsAreTurnedAndThePlotGrows() throws {
        let figure = try bars(groups: 160, series: 3).figure()
        #expect(figure.width > 160 * 20)
        _ = try checked(bars(groups: 160, series: 3))
    }

    @Test func heatMapsOfAnySizeFit() throws {
        for (rows, columns) in [(1, 1), (15, 3), (160, 48), (3, 60), (0, 0), (2, 0)] {
            let map = heatMap(
                rows: (0..<rows).map { "task with a rather long name \($0)" },
                columns: (0..<columns).map { "expert-\($0)" },
                grid(rows, columns) { row, column in Double((row * 31 + column * 17) % 50) / 50 })
            let figure = try checked(map)
            #expect(figure.count("rect") >= rows * columns)
        }
    }

    @Test func negativeNumbersHaveTheirOwnHue() throws {
        let figure = try checked(heatMap(rows: ["a", "b"], columns: ["c"], [[-1], [0.5]]))
        #expect(figure.elements.contains { $0.attributes["class"] == "negative" })
        #expect(figure.text.contains("from -1 to 1"))
    }

    @Test func dotsAndProfilesDraw() throws {
        let values = [IntervalEstimate(value: 0.7, lower: 0.6, upper: 0.8), nil]
        let dots = DotIntervalPlot(
            title: "P", x: PlotAxis("p", includes: 0...1), labels: ["a", "b"], series: [.init("s", values)],
            reference: 0.5)
        let figure = try checked(dots)
        #expect(figure.count("circle") == 1)
        #expect(figure.elements.filter { $0.attributes["class"]?.hasPrefix("whisker") == true }.count == 1)
        _ = try checked(DotIntervalPlot(title: "P", x: PlotAxis("p"), labels: [], series: []))
        let profile = PerformanceProfilePlot(
            title: "Profile", methods: [MethodScores("m", try ScoreStrata([[10, 90], [50, 60]]))],
            bootstrap: Bootstrap(replicates: 20))
        #expect(try checked(profile).text.contains("m: from 1 at 0 to 0 at 100."))
    }

    @Test func hostileNamesStayText() throws {
        let value = IntervalEstimate(value: 1, lower: 0, upper: 2)
        let plots: [any Plot] = [
            LineChart(
                title: hostile, x: PlotAxis(hostile), y: PlotAxis(hostile),
                series: [.init(hostile, [.init(0, 1)]), .init(hostile, [])]),
            BarChart(
                title: hostile, groupTitle: hostile, y: PlotAxis(hostile), groups: [hostile],
                series: [.init(hostile, [value]), .init(hostile, [nil])]),
            DotIntervalPlot(title: hostile, x: PlotAxis(hostile), labels: [hostile], series: [.init(hostile, [value])]),
            heatMap(rows: [hostile], columns: [hostile], [[1]]),
        ]
        for plot in plots { _ = try checked(plot) }
    }

    @Test func longNamesKeepTheirEnds() {
        #expect(TextWidth.fittingEnds("short", width: 100) == "short")
        let cut = TextWidth.fittingEnds("metaworld-button-press-topdown-17", width: 100)
        #expect(cut.hasPrefix("metaw") && cut.hasSuffix("-17") && cut.contains("…"))
        #expect(TextWidth.of(cut) <= 100)
        #expect(TextWidth.fittingEnds("anything", width: 1) == "…")
    }

    @Test(arguments: [
        (0.0, "0"), (-0.001, "0"), (1.5, "1.5"), (2.0, "2"), (100, "100"), (-3.14159, "-3.14"), (0.1 + 0.2, "0.3"),
    ])
    func coordinatesAreShort(value: Double, text: String) {
        #expect(SVGCanvas.number(value) == text)
    }

    @Test func whiskersStandBesideEachOtherAndTicksWhereTheyAreAskedFor() throws {
        let points = [LineChart.Point(10, 5, band: 4...6), LineChart.Point(40, 7, band: 6...8)]
        let chart = LineChart(
            title: "t", x: PlotAxis("tasks", scale: .logarithmic, ticks: [40, 10, 40]), y: PlotAxis("score"),
            series: ["a", "b", "c"].map { .init($0, points) }, bands: .whiskers)
        let page = StrictMarkup(try chart.figure().inline)
        let whiskers = page.elements.filter { $0.attributes["class"]?.hasPrefix("whisker") == true }
        #expect(whiskers.count == 6 && Set(whiskers.compactMap { $0.attributes["x1"] }).count == 6)
        #expect(page.count("path") == 3, "no areas")
        #expect(page.text.contains("10") && page.text.contains("40") && !page.text.contains("20"))
    }

    /// Set `M3DT_SAMPLE_PLOTS` to a folder to keep plots of difficult inputs there and look at them.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["M3DT_SAMPLE_PLOTS"] != nil))
    func plotsToLookAt() throws {
        guard let path = ProcessInfo.processInfo.environment["M3DT_SAMPLE_PLOTS"] else { return }
        let wave = (0..<10).map { index in
            LineChart.Series(
                "method number \(index)",
                (0...40).map { step in
                    let y = 50 + 30 * sin(Double(step) / 8 + Double(index))
                    return .init(Double(step * 10_000), y, band: y - 4...y + 4)
                })
        }
        let plots: [(String, any Plot)] = [
            ("lines", line(wave)), ("bars", bars(groups: 4, series: 4)), ("many-bars", bars(groups: 80, series: 2)),
            ("tiny", line([.init("tiny", [.init(0, 1e-7), .init(1, 3e-7), .init(2, 2e-7)])])),
            ("single", line([.init("one", [.init(5, 3)]), .init("none", [])])),
            (
                "gates",
                heatMap(
                    rows: (0..<160).map { "metaworld-task-\($0)" }, columns: (0..<48).map { "expert-\($0)" },
                    grid(160, 48) { row, column in row % 48 == column ? 0.8 : Double((row * column) % 11) / 60 })
            ),
            (
                "cosines",
                heatMap(
                    rows: (0..<8).map { "task \($0)" }, columns: (0..<8).map { "task \($0)" },
                    grid(8, 8) { row, column in cos(Double(row - column)) })
            ),
            ("log", line([.init("a", (1...50).map { .init(Double($0), pow(0.7, Double($0))) })], log: true)),
        ]
        for (name, plot) in plots {
            let url = URL(fileURLWithPath: path).appendingPathComponent(name + ".svg")
            try writeAtomically(Data(try plot.figure().document.utf8), to: url)
        }
    }
}
