import M3DTRandom

/// Actions over time as straight lines between knots.
///
/// Shapes: N knots, A numbers in an action; knots are N x A, row-major.
struct ActionSpline: Sendable, Hashable {
    let width: Int
    /// Steps from one knot to the next.
    let spacing: Int
    private(set) var knots: [Double]

    /// No action at all.
    init(width: Int, spacing: Int, count: Int) {
        self.init(width: width, spacing: spacing, knots: [Double](repeating: 0, count: count * width))
    }

    private init(width: Int, spacing: Int, knots: [Double]) {
        (self.width, self.spacing, self.knots) = (width, spacing, knots)
    }

    private var count: Int { knots.count / width }

    /// Writes the action of a step; after the last knot it stays.
    func action(at step: Int, into action: inout [Double]) {
        let (left, rest) = (min(step / spacing, count - 1), step % spacing)
        let right = min(left + 1, count - 1)
        let part = Double(rest) / Double(spacing)
        for i in 0..<width {
            let start = knots[left * width + i]
            action[i] = start + part * (knots[right * width + i] - start)
        }
    }

    /// The spline as it looks some steps later.
    func shifted(by steps: Int) -> ActionSpline {
        if steps == 0 { return self }
        var shifted = self
        var action = [Double](repeating: 0, count: width)
        for knot in 0..<count {
            self.action(at: knot * spacing + steps, into: &action)
            for i in 0..<width { shifted.knots[knot * width + i] = action[i] }
        }
        return shifted
    }

    /// The spline with normal noise on every knot, inside the limits of actions.
    func varied(noise: Double, random: inout RandomStream) -> ActionSpline {
        var varied = self
        for i in knots.indices { varied.knots[i] = min(max(knots[i] + noise * random.normal(), -1), 1) }
        return varied
    }

    /// The mean of splines of one shape.
    static func mean(_ splines: [ActionSpline]) -> ActionSpline {
        var mean = splines[0]
        for i in mean.knots.indices {
            mean.knots[i] = splines.reduce(0) { $0 + $1.knots[i] } / Double(splines.count)
        }
        return mean
    }
}
