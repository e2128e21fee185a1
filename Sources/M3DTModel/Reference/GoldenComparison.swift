import M3DTTensor

/// How far one tensor is from its golden.
public struct GoldenComparison: Sendable, Hashable {
    /// Every element must be within 1e-5 plus 1e-4 of the golden's size.
    public static let absoluteTolerance = 1e-5
    public static let relativeTolerance = 1e-4

    /// The file and the tensor, such as `moe/out.gates.0`.
    public let name: String
    public let shape: [Int]
    /// The largest absolute deviation of any element.
    public let largestDeviation: Double
    /// The largest deviation of any element, as a share of what that element is allowed; above 1 the comparison fails.
    public let shareOfTolerance: Double

    /// Every element is within the tolerance. Not-a-number never is.
    public var holds: Bool { shareOfTolerance <= 1 }

    /// Compares element by element; a difference in shape fails.
    init(_ name: String, _ computed: Tensor, golden: Tensor) throws {
        self.name = name
        shape = golden.shape
        guard computed.count == golden.count else {
            (largestDeviation, shareOfTolerance) = (.infinity, .infinity)
            return
        }
        var (deviation, share) = (0.0, 0.0)
        for (mine, other) in zip(try computed.floats(), try golden.floats()) {
            let difference = abs(Double(mine) - Double(other))
            let part = difference / (Self.absoluteTolerance + Self.relativeTolerance * abs(Double(other)))
            deviation = difference.isNaN ? .infinity : max(deviation, difference)
            share = part.isNaN ? .infinity : max(share, part)
        }
        (largestDeviation, shareOfTolerance) = (deviation, share)
    }
}
