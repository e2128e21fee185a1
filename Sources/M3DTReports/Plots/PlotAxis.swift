import Foundation

/// What an axis of a plot says and how it is divided.
public struct PlotAxis: Sendable, Equatable {
    /// How numbers are spread along an axis.
    public enum Scale: Sendable, Equatable { case linear, logarithmic }

    /// What is measured, with its unit: `wall time (s)`.
    public var title: String
    /// How numbers are spread. Default: linear.
    public var scale: Scale
    /// The smallest part that the axis must show; data outside widens it.
    public var includes: ClosedRange<Double>?
    /// Where it is marked; nothing for round numbers.
    public var ticks: [Double]?

    /// Makes an axis.
    public init(
        _ title: String, scale: Scale = .linear, includes: ClosedRange<Double>? = nil, ticks: [Double]? = nil
    ) {
        self.title = title
        self.scale = scale
        self.includes = includes
        self.ticks = ticks
    }
}

/// Maps numbers to pixels along one axis.
struct AxisMap: Equatable {
    let scale: PlotAxis.Scale
    /// The numbers at the two ends.
    let low, high: Double
    let ticks: [AxisTick]
    /// The pixels of the two ends.
    var start = 0.0
    var end = 1.0

    /// Spans the values; a nice axis ends at ticks, another at the data.
    init(_ axis: PlotAxis, values: [Double], tickCount: Int, nice: Bool) {
        scale = axis.scale
        var (low, high) = (values.min() ?? 0, values.max() ?? 1)
        if values.isEmpty, axis.scale == .logarithmic { (low, high) = (1, 10) }
        if let includes = axis.includes {
            low = values.isEmpty ? includes.lowerBound : min(low, includes.lowerBound)
            high = values.isEmpty ? includes.upperBound : max(high, includes.upperBound)
        }
        switch axis.scale {
        case .linear:
            if low == high {
                let margin = low == 0 ? 1 : abs(low) * 0.1
                (low, high) = (low - margin, high + margin)
            }
            let step = AxisTick.niceStep(from: low, to: high, count: tickCount)
            if nice { (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step) }
            ticks = axis.ticks.map(AxisTick.at) ?? AxisTick.linear(from: low, to: high, step: step)
        case .logarithmic:
            if low == high { (low, high) = (low / 2, high * 2) }
            if nice { (low, high) = (AxisTick.rounded(low, up: false), AxisTick.rounded(high, up: true)) }
            ticks = axis.ticks.map(AxisTick.at) ?? AxisTick.logarithmic(from: low, to: high, count: tickCount)
        }
        (self.low, self.high) = (low, high)
    }

    /// The pixel of a number.
    func callAsFunction(_ value: Double) -> Double {
        let fraction =
            switch scale {
            case .linear: (value - low) / (high - low)
            case .logarithmic: (log(value) - log(low)) / (log(high) - log(low))
            }
        return start + fraction * (end - start)
    }
}
