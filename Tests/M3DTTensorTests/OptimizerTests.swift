import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Optimiser")
    struct Optimizer {
        let start: [Float] = [1, -2, 0.5]

        func optimizer(_ change: (inout AdamWSettings) -> Void = { _ in }) throws -> AdamW {
            var settings = AdamWSettings()
            change(&settings)
            let flat = try FlatParameters([NamedParameter("w", Parameter(try .f32(start)))])
            return try AdamW(flat, settings: settings)
        }

        @Test("Steps equal the published formulas, with decay, with and without clipping", arguments: [0.25, 1e9])
        func steps(limit: Double) throws {
            let adam = try optimizer {
                $0.gradientNormLimit = limit
                $0.weightDecay = 0.1
            }
            let gradients: [[Float]] = [[3, -4, 0], [0.1, 0.2, -0.3], [1e-3, 0, 5], [0, 0, 0]]
            var (p, m, v) = (start.map(Double.init), [0.0, 0, 0], [0.0, 0, 0])
            for (index, gradient) in gradients.enumerated() {
                let g = gradient.map(Double.init)
                let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let factor = min(1, limit / (norm + 1e-6))
                let (rate, t) = (0.01 * Double(index + 1), index + 1)
                for i in 0..<3 {
                    m[i] = 0.9 * m[i] + 0.1 * g[i] * factor
                    v[i] = 0.999 * v[i] + 0.001 * g[i] * factor * g[i] * factor
                    let mean = m[i] / (1 - power(0.9, t))
                    let square = v[i] / (1 - power(0.999, t))
                    p[i] = p[i] - rate * 0.1 * p[i] - rate * mean / (square.squareRoot() + 1e-8)
                }
                try adam.parameters.gradients.assign(.f32(gradient))
                #expect(abs(try adam.step(learningRate: rate) - norm) < 1e-6)
                #expect(deviation(try adam.parameters.values.doubles(), p) < 1e-6)
                #expect(deviation(try adam.firstMoment.doubles(), m) < 1e-6)
                let relative = zip(try adam.secondMoment.doubles(), v).map { $1 == 0 ? 0 : abs($0 / $1 - 1) }
                #expect(relative.allSatisfy { $0 < 1e-6 })
                #expect(try adam.parameters.gradients.floats() == [0, 0, 0])
            }
            #expect(adam.stepCount == gradients.count)
        }

        @Test("Gradients below the limit are not changed, those above are scaled to it")
        func clipping() throws {
            let adam = try optimizer { $0.beta1 = 0 }  // so that the first moment is the clipped gradient
            try adam.parameters.gradients.assign(.f32([0.1, 0, 0]))
            try adam.step(learningRate: 0)
            #expect(deviation(try adam.firstMoment.floats(), [0.1, 0, 0]) < 1e-8)
            try adam.parameters.gradients.assign(.f32([30, 40, 0]))
            #expect(try adam.step(learningRate: 0) == 50)
            #expect(deviation(try adam.firstMoment.floats(), [0.15, 0.2, 0]) < 1e-6)
            #expect(try adam.parameters.values.floats() == start)
        }

        @Test(
            "A gradient that is not finite stops the step before anything changes", arguments: [Float.nan, .infinity])
        func notFinite(bad: Float) throws {
            let adam = try optimizer()
            try adam.parameters.gradients.assign(.f32([1, bad, 0]))
            #expect(throws: TensorError.notFinite(what: "the gradient's norm")) { try adam.step(learningRate: 0.1) }
            #expect(try adam.parameters.values.floats() == start)
            #expect(try adam.firstMoment.floats() == [0, 0, 0])
            #expect(try adam.secondMoment.floats() == [0, 0, 0])
            #expect(adam.stepCount == 0)
        }

        @Test("A restored optimiser goes on bitwise as the one it was saved from")
        func restore() throws {
            func work(_ adam: AdamW, _ steps: Range<Int>) throws {
                for step in steps {
                    try adam.parameters.gradients.assign(.random([3], seed: UInt64(step)))
                    try adam.step(learningRate: 0.01)
                }
            }
            let whole = try optimizer()
            try work(whole, 0..<6)
            let first = try optimizer()
            try work(first, 0..<3)
            let second = try optimizer()
            try second.parameters.values.assign(first.parameters.values)
            try second.restore(
                firstMoment: first.firstMoment, secondMoment: first.secondMoment, stepCount: first.stepCount)
            try work(second, 3..<6)
            #expect(try second.parameters.values.floats() == whole.parameters.values.floats())
            expectError("assigning", "[3], [2]") {
                try second.restore(firstMoment: .zeros([2]), secondMoment: .zeros([3]), stepCount: 1)
            }
        }

        @Test("Norm and step do not depend on the number of threads, to the last bit")
        func threadCount() throws {
            func results(_ threads: Int) throws -> ([Double], [Float]) {
                try withThreads(threads) {
                    var norms: [Double] = []
                    let weight = Parameter(try .random([200_003]))
                    let adam = try AdamW(FlatParameters([NamedParameter("w", weight)]))
                    for step in 0..<3 {
                        try adam.parameters.gradients.assign(.random([200_003], seed: UInt64(step) + 7))
                        norms.append(try adam.step(learningRate: 0.01))
                    }
                    return (norms, try adam.parameters.values.floats())
                }
            }
            let (one, two) = (try results(1), try results(2))
            #expect(one.0 == two.0)
            #expect(one.1 == two.1)
        }

        @Test("The norm is exact to double precision, and takes only contiguous float32")
        func norm() throws {
            let numbers = try Tensor.random([70_001])
            let expected = try numbers.doubles().reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(try numbers.euclideanNorm() / expected - 1) < 1e-12)
            expectError("Euclidean norm", "float32") { _ = try numbers.converted(to: .float64).euclideanNorm() }
            expectError("Euclidean norm", "contiguous") {
                _ = try Tensor.random([2, 3]).permuted([1, 0]).euclideanNorm()
            }
        }

        @Test("The rate rises linearly and stays")
        func warmUp() {
            let schedule = WarmUp(learningRate: 0.8, steps: 4)
            #expect((0..<6).map(schedule.rate(at:)) == [0.2, 0.4, 0.8 * 0.75, 0.8, 0.8, 0.8])
            #expect(WarmUp(learningRate: 0.8, steps: 0).rate(at: 0) == 0.8)
        }

        private func power(_ base: Double, _ exponent: Int) -> Double {
            (0..<exponent).reduce(1) { result, _ in result * base }
        }
    }
}
