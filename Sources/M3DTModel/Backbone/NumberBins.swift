import Foundation
import M3DTTensor

/// Numbers as whole ones: 1024 bins of equal width over -1 ... 1, what lies outside in the outermost.
///
/// Source: Reed et al., "A generalist agent", 2022, section 2.1.
public enum NumberBins {
    /// V.
    public static let count = 1024
    private static let mu = 100.0
    /// The size of a state's number that the mu-law maps to 1.
    private static let range = 256.0

    /// The bins of normalised states, after sgn(x) log(mu |x| + 1) / log(mu range + 1).
    ///
    /// Shapes: any; result the same, int64.
    /// - Throws: ``TensorError`` where an operation fails.
    public static func ofStates(_ states: Tensor) throws -> Tensor {
        let size = try (states.absolute() * mu + 1).log() * (1 / log(mu * range + 1))
        let sign = try states.greater(than: 0).converted(to: .float32) - states.less(than: 0).converted(to: .float32)
        return try bins(size * sign)
    }

    /// The bins of actions.
    ///
    /// Shapes: any; result the same, int64.
    /// - Throws: ``TensorError`` where an operation fails.
    public static func ofActions(_ actions: Tensor) throws -> Tensor {
        try bins(actions)
    }

    /// The middle of each bin, float32.
    ///
    /// - Throws: ``TensorError`` where an operation fails.
    public static func actions(of bins: Tensor) throws -> Tensor {
        try (bins.converted(to: .float32) + 0.5) * (2 / Double(count)) - 1
    }

    private static func bins(_ numbers: Tensor) throws -> Tensor {
        try ((numbers + 1) * (Double(count) / 2)).maximum(0).minimum(Double(count - 1)).converted(to: .int64)
    }
}
