import Foundation

/// How HarmoDT finds the weights that each task uses.
///
/// Source: HarmoDT's release; the defaults are its numbers.
public struct HarmonyOptions: Codable, Sendable, Equatable {
    /// The share of the weights in the blocks that a task does not use. Default: 0.2.
    public var sparsity = 0.2
    /// Steps between two updates of the masks. Default: 500.
    public var interval = 500
    /// What the harmony score counts beside the squared gradient when weights are given up. Default: 10.
    public var gamma = 10.0
    /// The weights that each task exchanges in an update at the end of training. Default: 0.
    public var leastExchanged = 0
    /// The same at the beginning. Default: 100.
    public var mostExchanged = 100

    public init() {}

    /// The weights that each task exchanges at a step: half a cosine from the most to the least.
    func exchanged(step: Int, of steps: Int) -> Int {
        let part = Double(step) / Double(max(steps, 1))
        return Int(
            Double(leastExchanged) + 0.5 * Double(mostExchanged - leastExchanged) * (1 + cos(Double.pi * part)))
    }

    /// - Throws: ``TrainingError/option(name:value:allowed:)`` for the first option that is out of range.
    func validate() throws {
        guard (0..<1).contains(sparsity) else {
            throw TrainingError.option(
                name: "harmony.sparsity", value: "\(sparsity)", allowed: "at least 0 and below 1")
        }
        guard gamma.isFinite else {
            throw TrainingError.option(name: "harmony.gamma", value: "\(gamma)", allowed: "a number")
        }
        for (name, value, least) in [
            ("interval", interval, 1), ("leastExchanged", leastExchanged, 0),
            ("mostExchanged", mostExchanged, leastExchanged),
        ] where value < least {
            throw TrainingError.option(name: "harmony.\(name)", value: "\(value)", allowed: "at least \(least)")
        }
    }
}
