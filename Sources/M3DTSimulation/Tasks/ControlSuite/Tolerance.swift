import Foundation

/// How far inside or outside of wanted bounds a number is: 1 inside, falling to 0 outside.
///
/// Source: the reward function of the DeepMind Control Suite, Tassa et al. 2018, section 3.
struct Tolerance {
    /// How it falls with the distance from the bounds.
    enum Shape { case gaussian, linear, quadratic }

    private let bounds: ClosedRange<Double>
    private let margin: Double
    private let shape: Shape
    private let valueAtMargin: Double

    /// - Parameters:
    ///   - margin: The distance from the bounds at which the value is `valueAtMargin`; 0 for a step.
    init(_ bounds: ClosedRange<Double>, margin: Double = 0, _ shape: Shape = .gaussian, valueAtMargin: Double = 0.1) {
        self.bounds = bounds
        self.margin = margin
        self.shape = shape
        self.valueAtMargin = valueAtMargin
    }

    /// No less than a number.
    static func atLeast(
        _ bound: Double, margin: Double, _ shape: Shape = .gaussian, valueAtMargin: Double = 0.1
    ) -> Tolerance {
        Tolerance(bound...(.infinity), margin: margin, shape, valueAtMargin: valueAtMargin)
    }

    /// The value for a number, 0 ... 1.
    func callAsFunction(_ number: Double) -> Double {
        if bounds.contains(number) { return 1 }
        if margin == 0 { return 0 }
        let outside = number < bounds.lowerBound ? bounds.lowerBound - number : number - bounds.upperBound
        return fall(outside / margin)
    }

    private func fall(_ distance: Double) -> Double {
        switch shape {
        case .gaussian:
            let scaled = distance * (-2 * log(valueAtMargin)).squareRoot()
            return exp(-0.5 * scaled * scaled)
        case .linear:
            let scaled = distance * (1 - valueAtMargin)
            return scaled < 1 ? 1 - scaled : 0
        case .quadratic:
            let scaled = distance * (1 - valueAtMargin).squareRoot()
            return scaled < 1 ? 1 - scaled * scaled : 0
        }
    }
}
