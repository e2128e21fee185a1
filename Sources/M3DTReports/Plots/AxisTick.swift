import Foundation

/// A mark on an axis.
struct AxisTick: Equatable {
    let value: Double
    let label: String

    /// The step among 1, 2, 2.5 and 5 times a power of ten that gives at most the given count of steps.
    static func niceStep(from low: Double, to high: Double, count: Int) -> Double {
        let rough = (high - low) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= rough * (1 - 1e-9) } ?? 10
        return factor * power
    }

    /// The multiples of a step inside an interval.
    static func linear(from low: Double, to high: Double, step: Double) -> [AxisTick] {
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first else { return [] }
        let values = (0...Int(last - first)).map { (first + Double($0)) * step }
        return zip(values, labels(values, step: step)).map { AxisTick(value: $0, label: $1) }
    }

    /// Marks at given numbers.
    static func at(_ values: [Double]) -> [AxisTick] {
        Set(values).sorted().map { AxisTick(value: $0, label: NumberText.significant($0)) }
    }

    /// Powers of ten; between few of them also their double and fivefold, and of very many only some.
    static func logarithmic(from low: Double, to high: Double, count: Int) -> [AxisTick] {
        let (first, last) = (Int(floor(log10(low) + 1e-9)), Int(ceil(log10(high) - 1e-9)))
        let decades = max(last - first, 1)
        let factors = decades * 3 <= count + 2 ? [1.0, 2, 5] : [1.0]
        let stride = max(1, Int((Double(decades + 1) / Double(max(count, 1))).rounded(.up)))
        var values: [Double] = []
        for power in first...last where (power - first).isMultiple(of: stride) {
            values += factors.map { $0 * pow(10, Double(power)) }
        }
        let inside = values.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
        // Less than a factor of two: powers of ten say nothing, plain steps do.
        if inside.count < 2 {
            return linear(from: low, to: high, step: niceStep(from: low, to: high, count: count))
        }
        return inside.map { AxisTick(value: $0, label: powerLabel($0)) }
    }

    /// The nearest 1, 2 or 5 times a power of ten that is not above, or not below, a positive number.
    static func rounded(_ value: Double, up: Bool) -> Double {
        let power = pow(10, floor(log10(value) + 1e-9))
        let choices = [1, 2, 5, 10].map { $0 * power }
        let slack = 1e-9
        return up
            ? choices.first { $0 >= value * (1 - slack) } ?? value : choices.last { $0 <= value * (1 + slack) } ?? value
    }

    /// Labels with the decimals that the step needs, thousands as k and millions as M where the numbers are long.
    static func labels(_ values: [Double], step: Double) -> [String] {
        let largest = values.map { abs($0) }.max() ?? 0
        guard largest >= 1e-3, largest < 1e10 else { return values.map { NumberText.significant($0, digits: 3) } }
        let (unit, suffix) = largest >= 1e6 ? (1e6, "M") : largest >= 1e4 ? (1e3, "k") : (1, "")
        let decimals = decimalsNeeded(step / unit)
        return values.map { value in
            let text = NumberText.fixed(value / unit, decimals: decimals)
            return Double(text) == 0 ? "0" : text + suffix
        }.map { $0.replacing("-", with: "−") }
    }

    /// The fewest decimals that write a step without loss, at most six.
    private static func decimalsNeeded(_ step: Double) -> Int {
        (0...6).first { abs(step * pow(10, Double($0)) - (step * pow(10, Double($0))).rounded()) < 1e-6 } ?? 6
    }

    private static func powerLabel(_ value: Double) -> String {
        guard value < 1e-3 || value >= 1e4 else { return NumberText.significant(value, digits: 3) }
        let text = NumberText.scientific(value, digits: 1)
        return text.hasPrefix("1×") ? String(text.dropFirst(2)) : text
    }
}
