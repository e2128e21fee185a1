import M3DTRandom
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Parameters")
    struct Parameters {
        func linear() throws -> Linear {
            Linear(
                weight: Parameter(try .f32([1, 2, 3, 4, 5, 6], [2, 3])), bias: Parameter(try .f32([7, 8])),
                layout: .outIn)
        }

        @Test("A weight starts frozen, is trained in the buffer and frozen again with its numbers")
        func life() throws {
            let layer = try linear()
            #expect(!layer.weight.isTrainable)
            let flat = try FlatParameters(layer.namedParameters)
            #expect(layer.weight.isTrainable && layer.bias.isTrainable)
            #expect(flat.count == 8)
            #expect(flat.ranges == [0..<6, 6..<8])
            #expect(try flat.values.floats() == [1, 2, 3, 4, 5, 6, 7, 8])
            #expect(layer.weight.value.shape == [2, 3])
            try flat.freeze()
            #expect(!layer.weight.isTrainable)
            #expect(try layer.weight.value.floats() == [1, 2, 3, 4, 5, 6])
            #expect(layer.parameterCount == 8)
            #expect(layer.namedParameters(under: "a").map(\.name) == ["a.weight", "a.bias"])
        }

        @Test("The layer sees what happens to the buffer, and the other way round")
        func sharing() throws {
            let layer = try linear()
            let flat = try FlatParameters(layer.namedParameters)
            try flat.values.scale(by: 2)
            #expect(try layer.bias.value.floats() == [14, 16])
            let context = ForwardContext(precision: .float32)
            #expect(try layer(.f32([1, 0, 0], [1, 3]), context).floats() == [16, 24])
            try layer.bias.assign(.f32([0, 1]))
            #expect(try flat.values.floats() == [2, 4, 6, 8, 10, 12, 0, 1])
        }

        @Test("Gradients add up in the buffer, in both precisions", arguments: Precision.allCases)
        func gradients(precision: Precision) throws {
            let layer = try linear()
            let flat = try FlatParameters(layer.namedParameters)
            let input = try Tensor.f32([1, 2, 3, 1, 0, 0], [2, 3])
            for pass in 1...2 {
                try layer(input, ForwardContext(precision: precision)).converted(to: .float32).sum().backward()
                let expected: [Float] = [2, 2, 3, 2, 2, 3, 2, 2]
                #expect(try flat.gradients.floats() == expected.map { $0 * Float(pass) })
            }
            try flat.zeroGradients()
            #expect(try flat.gradients.floats() == Array(repeating: 0, count: 8))
            #expect(try layer.bias.value.gradient()?.floats() == [0, 0])
        }

        @Test("Training the same weights anew moves them to the new buffer")
        func twice() throws {
            let layer = try linear()
            let first = try FlatParameters(layer.namedParameters)
            let second = try FlatParameters([NamedParameter("bias", layer.bias)])
            try first.values.fill(0)
            #expect(try layer.bias.value.floats() == [7, 8])
            try second.values.fill(1)
            #expect(try layer.bias.value.floats() == [1, 1])
        }

        @Test("No weights at all are no error")
        func empty() throws {
            let flat = try FlatParameters([])
            #expect(flat.count == 0)
            #expect(try AdamW(flat).step(learningRate: 1) == 0)
        }

        @Test("A frozen weight is converted once, and anew after it was assigned")
        func conversionCache() throws {
            let weight = Parameter(try .f32([1, 2]))
            let first = try weight.value(as: .bfloat16)
            #expect(try weight.value(as: .bfloat16) === first)
            #expect(!first.requiresGradient)
            try weight.assign(.f32([3, 4]))
            #expect(try weight.value(as: .bfloat16).floats() == [3, 4])
            #expect(try weight.value(as: .float32) === weight.value)
            let flat = try FlatParameters([NamedParameter("w", weight)])
            #expect(try weight.value(as: .bfloat16).requiresGradient)
            try flat.values.fill(5)
            #expect(try weight.value(as: .bfloat16).floats() == [5, 5])
            try flat.freeze()
            #expect(try weight.value(as: .bfloat16).floats() == [5, 5])
        }

        @Test("Assigning refuses another shape and takes another type")
        func assign() throws {
            let weight = Parameter(try .f32([1, 2]))
            expectError("assigning", "[2], [3]") { try weight.assign(.zeros([3])) }
            try weight.assign(.f64([5, 6]))
            #expect(weight.value.type == .float32)
            #expect(try weight.value.floats() == [5, 6])
            try weight.move(to: .cpu)
            #expect(try weight.value.floats() == [5, 6])
        }

        @Test("Fresh weights have the documented distributions and depend on the seed alone")
        func initialisation() throws {
            func made(_ seed: UInt64) throws -> [[Float]] {
                var stream = RandomStream(seed: seed)
                let modules: [any Module] = [
                    try Linear(in: 100, out: 50, stream: &stream), try Linear.gpt2(in: 50, out: 100, stream: &stream),
                    try Embedding(count: 100, width: 50, stream: &stream), try LayerNorm(width: 4),
                ]
                return try modules.flatMap(\.namedParameters).map { try $0.parameter.value.floats() }
            }
            func deviation(_ numbers: [Float]) -> Float {
                (numbers.reduce(0) { $0 + $1 * $1 } / Float(numbers.count)).squareRoot()
            }
            let weights = try made(1)
            #expect(weights[0].allSatisfy { abs($0) <= 0.1 } && weights[1].allSatisfy { abs($0) <= 0.1 })
            #expect(abs(deviation(weights[0]) - 0.1 / Float(3).squareRoot()) < 0.002)
            #expect(abs(deviation(weights[2]) - 0.02) < 0.001)
            #expect(weights[3].allSatisfy { $0 == 0 })
            #expect(abs(deviation(weights[4]) - 1) < 0.05)
            #expect(weights[5] == [1, 1, 1, 1] && weights[6] == [0, 0, 0, 0])
            #expect(try made(1) == weights)
            #expect(try made(2)[0] != weights[0])
        }

        @Test("Weights that will be replaced are not drawn, and what is drawn after them is the same")
        func undrawn() throws {
            func made() throws -> (layer: Linear, after: UInt64) {
                var stream = RandomStream(seed: 1)
                let layers = [try Linear(in: 6, out: 5, stream: &stream), try .gpt2(in: 6, out: 5, stream: &stream)]
                return (layers[1], stream.next())
            }
            let (drawn, undrawn) = (try made(), try FreshWeights.undrawn(made))
            #expect(try undrawn.layer.weight.value.floats() == Array(repeating: 0, count: 30))
            #expect(try drawn.layer.weight.value.floats().allSatisfy { $0 != 0 })
            #expect(drawn.after == undrawn.after)
            #expect(try made().layer.weight.value.floats() == drawn.layer.weight.value.floats())
        }
    }
}
