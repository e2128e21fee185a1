import Foundation

extension RandomStream {
    /// A number drawn from the standard normal distribution (Box-Muller, two words a number).
    ///
    /// Each call uses up the same number of words, so the position of the stream says how many were drawn.
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }
}
