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
        func composition(_ x: [Tensor]) throws -> Tensor { try composition(x, masks: nil) }

        func composition(_ x: [Tensor], masks: [Tensor]?) throws -> Tensor {
            var result = try Tensor.zeros([m, d], type: x[0].type)
            for i in 0..<e {
                func part(_ tensor: Tensor) throws -> Tensor {
                    try tensor.narrowed(0, i..<i + 1).reshaped(Array(tensor.shape.dropFirst()))
                }
                let hidden = try (x[0].matmul(part(x[2])) + part(x[3])).relu()
                var output = try hidden.matmul(part(x[4])) + part(x[5])
                if let masks { output = try output * masks[i] }
                result = try result + output * x[1].narrowed(1, i..<i + 1)
            }
            return result
        }

        func gradients(
            _ inputs: [Tensor], rows: Range<Int>? = nil, _ run: ([Tensor]) throws -> Tensor
        ) throws -> [[Double]?] {
            let probe = try Tensor.random([m, d], seed: 77).narrowed(0, rows ?? 0..<m)
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

        @Test("Dropout takes from each expert's output before its gate, with all gradients")
        func dropout() throws {
            let draw = DropoutDraw(probability: 0.5, key: 7)
            func dropped(_ x: [Tensor]) throws -> Tensor {
                try x[0].mixture(
                    gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5], dropout: draw)
            }
            // What each expert's mask is: silent experts but one, whose output is 1 everywhere.
            let masks = try (0..<e).map { expert in
                let numbers: [Float] = (0..<m * e).map { $0 % e == expert ? 1 : 0 }
                let gates = try Tensor.of(numbers, shape: [m, e])
                let ones = try Tensor.full(1, shape: [e, d])
                let (a, b) = (try Tensor.zeros([e, d, h]), try Tensor.zeros([e, h, d]))
                return try dropped([.zeros([m, d]), gates, a, .zeros([e, h]), b, ones])
            }
            for mask in masks { #expect(Set(try mask.floats()) == [0, 2]) }
            #expect(try masks[0].floats() != masks[1].floats())
            func reference(_ x: [Tensor]) throws -> Tensor { try composition(x, masks: masks) }
            #expect(deviation(try dropped(inputs()).floats(), try reference(inputs()).floats()) < 1e-5)
            let (own, expected) = (try gradients(inputs(), dropped), try gradients(inputs(), reference))
            for (name, pair) in zip(Self.names, zip(own, expected)) {
                #expect(deviation(try #require(pair.0), try #require(pair.1)) < 1e-5, "\(name)")
            }
        }

        @Test("A part of a batch loses what the whole would lose there, with all gradients of its rows")
        func dropoutOfParts() throws {
            func dropped(_ x: [Tensor], _ part: BatchPart) throws -> Tensor {
                try x[0].mixture(
                    gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5],
                    dropout: DropoutDraw(probability: 0.5, key: 7, part: part))
            }
            let whole = try gradients(inputs()) { try dropped($0, .whole) }
            let parts = try (0..<5).map { index in
                let rows = index * m / 5..<(index + 1) * m / 5
                var x = try inputs()
                for place in 0..<2 {
                    x[place] = try x[place].detached().narrowed(0, rows).contiguous()
                    try x[place].setRequiresGradient(true)
                }
                return try gradients(x, rows: rows) { try dropped($0, BatchPart(index: index, count: 5)) }
            }
            for (place, name) in Self.names.enumerated() {
                let own = try parts.map { try #require($0[place]) }
                let joined = place < 2 ? own.flatMap(\.self) : own[0].indices.map { i in own.reduce(0) { $0 + $1[i] } }
                #expect(deviation(joined, try #require(whole[place])) < 1e-5, "\(name)")
            }
        }

        /// Inputs of which each row has gates for two of the three experts.
        func sparseInputs(_ type: ElementType = .float32) throws -> [Tensor] {
            var x = try inputs(type)
            let gates: [Float] = (0..<m * e).map { index in
                let isChosen = index % e != (index / e) % e
                return isChosen ? 0.3 + 0.01 * Float(index) : 0
            }
            x[1] = try .of(gates, shape: [m, e])
            try x[1].setRequiresGradient(true)
            return x
        }

        func sparse(_ x: [Tensor]) throws -> Tensor {
            try x[0].sparseMixture(gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5])
        }

        @Test("The sparse mixture equals the dense one with the same gates, with all gradients that it has")
        func sparseEqualsDense() throws {
            #expect(deviation(try sparse(sparseInputs()).floats(), try composition(sparseInputs()).floats()) < 1e-5)
            let (own, dense) = (try gradients(sparseInputs(), sparse), try gradients(sparseInputs(), composition))
            for index in [0, 2, 3, 4, 5] {
                let pair = (try #require(own[index]), try #require(dense[index]))
                #expect(deviation(pair.0, pair.1) < 1e-5, "\(Self.names[index])")
            }
            let gates = try sparseInputs()[1].floats()
            let (own1, dense1) = (try #require(own[1]), try #require(dense[1]))
            for index in gates.indices {
                #expect(gates[index] == 0 ? own1[index] == 0 : abs(own1[index] - dense1[index]) < 1e-5)
            }
            let rounded = try sparse(sparseInputs(.bfloat16))
            #expect(rounded.type == .bfloat16)
            #expect(deviation(try rounded.floats(), try sparse(sparseInputs()).floats()) < 0.05)
        }

        @Test("An expert is computed for no row but those that chose it", arguments: 0..<3)
        func computesOnlyTheChosen(expert: Int) throws {
            let x = try sparseInputs()
            // A poisoned expert turns every row that it is computed for into not-a-number, whatever its gate.
            try x[2].detached().narrowed(0, expert..<expert + 1).fill(.nan)
            let rows = try sparse(x).isFinite().converted(to: .float32).min([1]).floats()
            let chosen = (0..<m).map { $0 % e != expert }
            #expect(rows == chosen.map { $0 ? 0 : 1 })
            #expect(try composition(x).isFinite().max().scalar() == 0, "the dense mixture computes all")
        }

        @Test("An expert that no row chose has no gradient, and no rows are no error")
        func nobodysExpert() throws {
            let x = try sparseInputs()
            try x[1].detached().narrowed(1, 2..<3).fill(0)
            let gradient = try #require(try gradients(x, sparse)[2])
            #expect(gradient[(2 * d * h)...].allSatisfy { $0 == 0 } && gradient[..<(d * h)].contains { $0 != 0 })
            try x[1].detached().fill(0)
            #expect(try sparse(x).floats().allSatisfy { $0 == 0 })
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
