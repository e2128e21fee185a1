/// One value for each label of a plot, such as a method's score for each domain.
public struct LabelledSeries: Sendable, Equatable {
    /// The name in the legend.
    public var name: String
    /// In the order of the labels; nil where there is no value. An interval of no width is not drawn.
    public var values: [IntervalEstimate?]

    /// Makes a series.
    public init(_ name: String, _ values: [IntervalEstimate?]) {
        self.name = name
        self.values = values
    }

    /// Checks counts and numbers.
    ///
    /// - Throws: ``ReportError``.
    static func check(_ series: [LabelledSeries], labels: [String], plot: String) throws {
        for series in series {
            guard series.values.count == labels.count else {
                throw ReportError.plotShape(
                    plot: plot, what: "values of \(series.name)", expected: labels.count, found: series.values.count)
            }
            for (index, value) in series.values.enumerated() {
                guard let value else { continue }
                guard value.value.isFinite, value.lower.isFinite, value.upper.isFinite else {
                    throw ReportError.plotNotFinite(plot: plot, series: series.name, index: index)
                }
            }
        }
    }

    /// The ends of all values and intervals.
    static func extent(_ series: [LabelledSeries]) -> [Double] {
        series.flatMap { $0.values.compactMap { $0 }.flatMap { [$0.value, $0.lower, $0.upper] } }
    }

    static func summary(_ series: [LabelledSeries], labels: [String], axis: String) -> String {
        let parts = series.map { series in
            let values = zip(labels, series.values).prefix(12).map { label, value in
                "\(label) " + (value.map { NumberText.significant($0.value) } ?? "none")
            }
            return "\(series.name): " + values.joined(separator: ", ") + (labels.count > 12 ? ", and more" : "")
        }
        return "\(axis). " + parts.joined(separator: "; ") + "."
    }

    static func tip(_ name: String, _ label: String, _ value: IntervalEstimate) -> String {
        let interval =
            value.lower < value.upper
            ? " [\(NumberText.significant(value.lower)), \(NumberText.significant(value.upper))]" : ""
        return "\(name), \(label): \(NumberText.significant(value.value))\(interval)"
    }
}
