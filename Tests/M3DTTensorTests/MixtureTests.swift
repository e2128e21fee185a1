import M3DTStorage
import M3DTTensor
import Testing

// Legend: M rows, D width, H hidden units of an expert, E experts.
extension TensorTests {
    @Suite("Mixture of experts")
    struct Mixture {
        static let names = ["input", "gates", "inWeight", "inBias", "outWeight", "outBias"]
        let m = 35, d = 6, h = 37, e = 3

        /// Input [M, D], gates [M, E], weights [E, D, H], [E, H], [E, H, D], [E, D].
        func inputs(_ type: ElementType = .float32, trained: [Bool] = Array(repeating: true, count: 6)) throws
            -> [Tensor]
        {
            let shapes = [[m, d], [m, e], [e, d, h], [e, h], [e, h, d], [e, d]]
            return try shapes.enumerated().map { index, shape in
                let tensor = try (Tensor.random(shape, seed: UInt64(index) + 20) * 0.4).converted(to: type)
                try tensor.setRequiresGradient(trained[index])
                return tensor
            }
        }

        func mixture(_ x: [Tensor]) throws -> Tensor {
            try x[0].mixture(gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5])
        }

        /// The same from single operations.
        func composition(_ x: [Tensor]) throws -> Tensor {
            var result = try Tensor.zeros([m, d], type: x[0].type)
            for i in 0..<e {
                func part(_ tensor: Tensor) throws -> Tensor {
                    try tensor.narrowed(0, i..<i + 1).reshaped(Array(tensor.shape.dropFirst()))
                }
                let hidden = try (x[0].matmul(part(x[2])) + part(x[3])).relu()
                let output = try hidden.matmul(part(x[4])) + part(x[5])
                result = try result + output * x[1].narrowed(1, i..<i + 1)
            }
            return result
        }

        func gradients(_ inputs: [Tensor], _ run: ([Tensor]) throws -> Tensor) throws -> [[Double]?] {
            let probe = try Tensor.random([m, d], seed: 77)
            try (run(inputs).converted(to: .float32) * probe).sum().backward()
            return try inputs.map { try $0.gradient()?.doubles() }
        }

        @Test("Equals the same from single operations, with all gradients")
        func exact() throws {
            #expect(deviation(try mixture(inputs()).floats(), try composition(inputs()).floats()) < 1e-5)
            let (own, reference) = (try gradients(inputs(), mixture), try gradients(inputs(), composition))
            for (name, pair) in zip(Self.names, zip(own, reference)) {
                #expect(deviation(try #require(pair.0), try #require(pair.1)) < 1e-5, "\(name)")
            }
        }

        @Test("Is near it in bfloat16")
        func bfloat16() throws {
            let rounded = try inputs(.bfloat16)
            let exact = try rounded.map { tensor in
                let copy = try tensor.detached().converted(to: .float32)
                try copy.setRequiresGradient(true)
                return copy
            }
            let output = try mixture(rounded)
            #expect(output.type == .bfloat16)
            #expect(deviation(try output.floats(), try composition(exact).floats()) < 0.02)
            let (own, reference) = (try gradients(rounded, mixture), try gradients(exact, composition))
            for (name, pair) in zip(Self.names, zip(own, reference)) {
                let (own, reference) = (try #require(pair.0), try #require(pair.1))
                let scale = reference.map { abs($0) }.max()!
                #expect(deviation(own, reference) < 0.02 * scale, "\(name)")
            }
        }

        @Test("Gates may be float32 where the rest is bfloat16")
        func mixedTypes() throws {
            var x = try inputs(.bfloat16)
            x[1] = try inputs()[1]
            #expect(deviation(try mixture(x).floats(), try mixture(inputs()).floats()) < 0.02)
            let gradient = try gradients(x, mixture)[1]
            #expect(gradient != nil && x[1].type == .float32)
            #expect(try x[1].gradient()?.type == .float32)
        }

        @Test("Frozen inputs and weights get no gradient, each alone gets the right one", arguments: 0..<6)
        func partlyFrozen(trained: Int) throws {
            let all = try gradients(inputs(), mixture)
            let own = try gradients(inputs(trained: (0..<6).map { $0 == trained }), mixture)
            for index in 0..<6 {
                #expect(own[index] == (index == trained ? all[index] : nil), "\(Self.names[index])")
            }
        }

        @Test("Views are taken as their copies")
        func views() throws {
            let x = try inputs()
            var views = x
            for index in [0, 1, 3, 5] {
                views[index] = try x[index].permuted([1, 0]).contiguous().permuted([1, 0])
            }
            views[2] = try x[2].permuted([0, 2, 1]).contiguous().permuted([0, 2, 1])
            views[4] = try x[4].permuted([0, 2, 1]).contiguous().permuted([0, 2, 1])
            #expect(deviation(try mixture(views).floats(), try mixture(x).floats()) < 1e-6)
        }

        @Test("The number of threads changes nothing in its own loops")
        func threads() throws {
            func results() throws -> [[Double]?] { try gradients(inputs(), mixture) }
            let (one, two) = (try withThreads(1, results), try withThreads(2, results))
            for (name, pair) in zip(Self.names, zip(one, two)) {
                #expect(deviation(try #require(pair.0), try #require(pair.1)) < 1e-6, "\(name)")
            }
        }

        @Test("What is not a number is not hidden", arguments: [ElementType.float32, .bfloat16])
        func notANumber(type: ElementType) throws {
            for index in 0..<6 {
                let x = try inputs(type, trained: Array(repeating: false, count: 6))
                let last = x[index].shape.last!
                try x[index].narrowed(x[index].rank - 1, last - 1..<last).fill(.nan)
                #expect(try !mixture(x).allFinite(), "\(Self.names[index])")
            }
        }

        @Test("No rows are no error")
        func noRows() throws {
            var x = try inputs()
            x[0] = try .zeros([0, d])
            x[1] = try .zeros([0, e])
            #expect(try mixture(x).shape == [0, d])
        }

        @Test("Shapes and types that do not fit are refused", arguments: 0..<6)
        func refused(index: Int) throws {
            var x = try inputs()
            let good = x[index]
            x[index] = try .zeros(good.shape.map { $0 + 1 })
            expectError("mixture", "\(x[index].shape)", "do not fit") { _ = try mixture(x) }
            x[index] = try .zeros([2])
            expectError("mixture", "[2]") { _ = try mixture(x) }
            expectError("mixture", "float32 or bfloat16") { _ = try mixture(inputs(.float64)) }
        }
    }

    @Suite("Precision")
    struct PrecisionTests {
        @Test("A linear layer in bfloat16 is near float32, and its result is bfloat16")
        func linear() throws {
            let layer = Linear(
                weight: Parameter(try .random([32, 64])), bias: Parameter(try .random([32])), layout: .outIn)
            let input = try Tensor.random([5, 7, 64], seed: 9)
            let exact = try layer(input, ForwardContext(precision: .float32))
            let near = try layer(input, ForwardContext(precision: .bfloat16))
            #expect(exact.type == .float32 && near.type == .bfloat16)
            #expect(near.shape == [5, 7, 32])
            let difference = deviation(try near.floats(), try exact.floats())
            #expect(difference > 0 && difference < 0.2)  // values up to 30, 8 bits
        }

        @Test("Normalisation is in float32 whatever comes in")
        func layerNorm() throws {
            let input = try Tensor.random([4, 16]).converted(to: .bfloat16)
            let output = try LayerNorm(width: 16)(input)
            #expect(output.type == .float32)
            #expect(deviation(try output.mean([1]).floats(), [0, 0, 0, 0]) < 1e-6)
            #expect(deviation(try output.square().mean([1]).floats(), [1, 1, 1, 1]) < 1e-3)
        }
    }
}
