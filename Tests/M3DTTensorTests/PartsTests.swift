import M3DTTensor
import Testing

extension TensorTests {
    /// Weights of several equal networks side by side.
    @Suite("Parts")
    struct Parts {
        private let scales = [1e-3, 1, 100.0]

        /// The weights of three networks, or of one of them alone.
        private func optimizer(_ part: Int? = nil, device: Device = .cpu) throws -> AdamW {
            let named = try [("w", [3, 4, 5]), ("b", [3, 5])].enumerated().map { seed, weight in
                let all = try Tensor.random(weight.1, seed: UInt64(seed))
                let own = try part.map { try all.narrowed(0, $0..<$0 + 1).reshaped(Array(weight.1.dropFirst())) }
                return NamedParameter(weight.0, Parameter(try (own ?? all).converted(device: device)))
            }
            return try AdamW(FlatParameters(named, parts: part == nil ? 3 : 1))
        }

        /// Fills gradients by way of the weights, as a backward pass does; those of the last network are the largest.
        private func learn(_ optimizer: AdamW, _ part: Int? = nil, step: Int) throws {
            for (seed, named) in optimizer.parameters.parameters.enumerated() {
                let weight = named.parameter.value
                let shape = part == nil ? weight.shape : [1] + weight.shape
                let all = try Tensor.random([3] + shape.dropFirst(), seed: UInt64(100 * step + seed))
                let scale = try Tensor.of(scales.map { Float($0) }, shape: [3] + shape.dropFirst().map { _ in 1 })
                let slope = try all * scale
                let own = try part.map { try slope.narrowed(0, $0..<$0 + 1) } ?? slope
                try (weight.reshaped(shape) * own.converted(device: weight.device)).sum().backward()
            }
        }

        private func parts(of buffer: Tensor) throws -> [[Float]] {
            let numbers = try buffer.floats()
            return (0..<3).map { Array(numbers[$0 * numbers.count / 3..<($0 + 1) * numbers.count / 3]) }
        }

        @Test("Each part of the buffers is what one network has alone")
        func layout() throws {
            let together = try optimizer()
            #expect(together.parameters.ranges == [0..<20, 20..<25] && together.parameters.count == 75)
            for part in 0..<3 {
                let alone = try optimizer(part)
                #expect(try parts(of: together.parameters.values)[part] == alone.parameters.values.floats())
            }
        }

        @Test("Each is clipped by its own norm, to the bits of one alone")
        func clipping() throws {
            let (together, alone) = (try optimizer(), try (0..<3).map { try optimizer($0) })
            for step in 0..<4 {
                try learn(together, step: step)
                let norms = try together.stepParts(learningRate: 0.01)
                for (part, one) in alone.enumerated() {
                    try learn(one, part, step: step)
                    #expect(try one.step(learningRate: 0.01) == norms[part])
                }
                #expect(norms[0] < 0.25 && norms[1] > 0.25 && norms[2] > 25)
                for (part, one) in alone.enumerated() {
                    #expect(try parts(of: together.parameters.values)[part] == one.parameters.values.floats())
                    #expect(try parts(of: together.firstMoment)[part] == one.firstMoment.floats())
                    #expect(try parts(of: together.secondMoment)[part] == one.secondMoment.floats())
                }
                #expect(try together.parameters.gradients.floats().allSatisfy { $0 == 0 })
            }
            #expect(together.stepCount == 4)
        }

        @Test("The same on a device")
        func device() throws {
            let (together, own) = (try optimizer(device: .rehearsal), try optimizer())
            let onDevice = try DeviceAdamW(together)
            try onDevice.setLearningRate(0.01)
            for step in 0..<4 {
                try learn(together, step: step)
                try learn(own, step: step)
                let norms: [Double] = try onDevice.step().elements()
                for (norm, other) in zip(norms, try own.stepParts(learningRate: 0.01)) {
                    #expect(abs(norm / other - 1) < 1e-6)
                }
                let (values, others) = (together.parameters.values, own.parameters.values)
                #expect(deviation(try values.floats(), try others.floats()) < 1e-6)
                #expect(deviation(try together.firstMoment.floats(), try own.firstMoment.floats()) < 1e-6)
            }
            let before = try together.parameters.values.floats()
            try together.parameters.gradients.narrowed(0, 30..<31).fill(.infinity)
            let norms: [Double] = try onDevice.step().elements()
            #expect(norms.map(\.isFinite) == [true, false, true])
            #expect(try together.parameters.values.floats() == before)
        }

        @Test("Nothing is moved where one norm is not finite, and the norms say whose")
        func notFinite() throws {
            let optimizer = try optimizer()
            let before = try optimizer.parameters.values.floats()
            try learn(optimizer, step: 0)
            try optimizer.parameters.gradients.narrowed(0, 30..<31).fill(.nan)
            #expect(try optimizer.stepParts(learningRate: 0.01).map(\.isFinite) == [true, false, true])
            #expect(try optimizer.parameters.values.floats() == before && optimizer.stepCount == 0)
        }
    }
}
