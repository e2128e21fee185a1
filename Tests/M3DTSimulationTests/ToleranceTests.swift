import Foundation
import Testing

@testable import M3DTSimulation

@Suite struct ToleranceTests {
    @Test func insideTheBoundsIsOneAndWithoutMarginOutsideIsZero() {
        let tolerance = Tolerance(-1...2)
        #expect([-1, 0, 2].map { tolerance($0) } == [1, 1, 1])
        #expect([-1.001, 2.001].map { tolerance($0) } == [0, 0])
        #expect(Tolerance.atLeast(3, margin: 1)(1e9) == 1)
    }

    /// At the margin each shape has its value, in the middle what the formula says.
    @Test(arguments: [
        (Tolerance.Shape.gaussian, 0.1, pow(0.1, 0.25)), (.linear, 0.5, 0.75), (.linear, 0, 0.5), (.quadratic, 0, 0.75),
        (.quadratic, 0.2, 0.8),
    ])
    func outsideItFallsInItsShape(shape: Tolerance.Shape, atMargin: Double, halfway: Double) {
        let tolerance = Tolerance(0...1, margin: 2, shape, valueAtMargin: atMargin)
        for side in [(0.0, -1.0), (1.0, 1.0)] {
            #expect(abs(tolerance(side.0 + 2 * side.1) - atMargin) < 1e-12)
            #expect(abs(tolerance(side.0 + side.1) - halfway) < 1e-12)
        }
        #expect(tolerance(1e6) < 1e-12)
    }
}
