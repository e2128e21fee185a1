/// Performance profiles: for each method the share of runs that score above each threshold.
///
/// A curve above another over the whole axis belongs to the better method.
public struct PerformanceProfilePlot: Plot, Equatable {
    /// The heading.
    public var title: String
    /// One curve for each method.
    public var methods: [MethodScores]
    /// The thresholds. Default: 0 ... 100 in steps of 1, the span of normalised scores.
    public var thresholds: [Double]
    /// How the bands are drawn.
    public var bootstrap: Bootstrap
    /// The size of the plot.
    public var size: PlotSize

    /// Makes a plot.
    public init(
        title: String, methods: [MethodScores], thresholds: [Double] = (0...100).map(Double.init),
        bootstrap: Bootstrap = Bootstrap(replicates: 500), size: PlotSize = PlotSize()
    ) {
        self.title = title
        self.methods = methods
        self.thresholds = thresholds
        self.bootstrap = bootstrap
        self.size = size
    }

    /// Draws the profiles with their pointwise bands.
    ///
    /// - Throws: ``ReportError`` where a threshold is not finite.
    public func figure() throws -> SVGFigure {
        let series = methods.map { method in
            let profile = method.scores.performanceProfile(thresholds: thresholds, bootstrap)
            return LineChart.Series(
                method.name,
                zip(thresholds, profile).map { LineChart.Point($0, $1.value, band: $1.lower...$1.upper) })
        }
        return try LineChart(
            title: title, x: PlotAxis("normalised score τ"), y: PlotAxis("share of runs above τ", includes: 0...1),
            series: series, size: size
        ).figure()
    }
}
