import Foundation

/// How much randomness is worth: a single number, moved by Adam so that the actor keeps a given entropy.
package struct Temperature: Codable, Equatable {
    private(set) var logarithm: Double
    private var mean = 0.0
    private var square = 0.0
    private var steps = 0

    init(initial: Double) { logarithm = log(initial) }

    var value: Double { exp(logarithm) }

    /// - Parameter surplus: By how much the actor's entropy is above the wanted one.
    mutating func learn(surplus: Double, rate: Double) {
        let gradient = value * surplus
        steps += 1
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient * gradient
        let (unbiased, spread) = (mean / (1 - pow(0.9, Double(steps))), square / (1 - pow(0.999, Double(steps))))
        logarithm -= rate * unbiased / (spread.squareRoot() + 1e-8)
    }
}
