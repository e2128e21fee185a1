import M3DTStorage
import M3DTTensor
import Testing

// Legend: M rows, D width, H hidden units of an expert, E experts.
extension TensorTests {
    /// The mixture of frozen experts, laid out in panels, against the mixture of ``TensorTests/Mixture`` in float32. Where the
    /// processor has no panels, it has to be refused.
    @Suite("Mixture of frozen experts")
    struct FrozenMixture {
        /// Sizes that fill no panel and no tile, few rows and many rows, one row, one expert.
        static let sizes = [
            [35, 6, 38, 3], [1, 64, 128, 9], [59, 32, 70, 12], [197, 70, 134, 5], [403, 64, 66, 2], [7, 128, 64, 1],
        ]

        struct Case {
            let input, gates: Tensor
            let weights: [Parameter]
        }

        func makeCase(_ s: [Int], _ type: ElementType) throws -> Case {
            let (m, d, h, e) = (s[0], s[1], s[2], s[3])
            func random(_ shape: [Int], _ seed: UInt64) throws -> Tensor { try .random(shape, seed: seed) * 0.4 }
            // Rounded first, so that both sides compute with the same numbers.
            let input = try random([m, d], 1).converted(to: type)
            let gates = try random([m, e], 2).softmax()
            for tensor in [input, gates] { try tensor.setRequiresGradient(true) }
            let weights = try [[e, d, h], [e, h], [e, h, d], [e, d]].enumerated().map {
                Parameter(try random($1, UInt64($0) + 3).converted(to: type).converted(to: .float32))
            }
            return Case(input: input, gates: gates, weights: weights)
        }

        func frozen(_ c: Case, _ type: ElementType) throws -> Tensor {
            try c.input.frozenMixture(
                gates: c.gates, inWeight: c.weights[0].panels(as: type), inBias: c.weights[1].value(as: type),
                outWeight: c.weights[2].panels(as: type), outBias: c.weights[3].value(as: type),
                transposed: (
                    c.weights[0].panels(as: type, transposed: true), c.weights[2].panels(as: type, transposed: true)
                ))
        }

        /// Output, gradient of the input, gradient of the gates.
        func results(_ c: Case, _ run: () throws -> Tensor) throws -> [[Double]] {
            let output = try run()
            let probe = try Tensor.random(c.input.shape, seed: 9).converted(to: .bfloat16).converted(to: .float32)
            try (output.converted(to: .float32) * probe).sum().backward()
            return try [output, #require(try c.input.gradient()), #require(try c.gates.gradient())].map {
                try $0.doubles()
            }
        }

        func reference(_ s: [Int], _ type: ElementType) throws -> [[Double]] {
            let rounded = try makeCase(s, type)
            let input = try rounded.input.detached().converted(to: .float32)
            try input.setRequiresGradient(true)
            let c = Case(input: input, gates: rounded.gates, weights: rounded.weights)
            return try results(c) {
                try input.mixture(
                    gates: c.gates, inWeight: c.weights[0].value, inBias: c.weights[1].value,
                    outWeight: c.weights[2].value, outBias: c.weights[3].value)
            }
        }

        /// Runs `body` where the processor has panels; elsewhere they must be refused.
        func withPanels(_ body: () throws -> Void) throws {
            if Tensor.hasPanels { return try body() }
            expectError("no product with panels") {
                let c = try makeCase(Self.sizes[0], .float32)
                _ = try frozen(c, .float32)
            }
        }

        @Test("Equals the mixture, with the gradients of input and gates", arguments: sizes)
        func exact(sizes: [Int]) throws {
            try withPanels {
                let c = try makeCase(sizes, .float32)
                let own = try results(c) { try frozen(c, .float32) }
                for (name, pair) in zip(["output", "input", "gates"], zip(own, try reference(sizes, .float32))) {
                    #expect(deviation(pair.0, pair.1) < 2e-5 * scale(pair.1), "\(name)")
                }
            }
        }

        @Test("Is near it in bfloat16", arguments: sizes)
        func rounded(sizes: [Int]) throws {
            try withPanels {
                let c = try makeCase(sizes, .bfloat16)
                let output = try frozen(c, .bfloat16)
                #expect(output.type == .bfloat16 && output.shape == c.input.shape)
                let own = try results(c) { try frozen(c, .bfloat16) }
                for (name, pair) in zip(["output", "input", "gates"], zip(own, try reference(sizes, .bfloat16))) {
                    #expect(deviation(pair.0, pair.1) < 0.015 * scale(pair.1), "\(name)")
                }
            }
        }

        func scale(_ numbers: [Double]) -> Double { max(numbers.map { abs($0) }.max() ?? 0, 1) }

        @Test(
            "The number of threads changes no bit", arguments: [[403, 64, 66, 2], [35, 6, 38, 11]], Precision.allCases)
        func threads(sizes: [Int], precision: Precision) throws {
            try withPanels {
                func bits() throws -> [[Double]] {
                    let c = try makeCase(sizes, precision.elementType)
                    return try results(c) { try frozen(c, precision.elementType) }
                }
                let (one, three) = (try withThreads(1, bits), try withThreads(3, bits))
                #expect(one == three)
            }
        }

        @Test("What is not a number is not hidden, and no rows are no error", arguments: Precision.allCases)
        func notANumber(precision: Precision) throws {
            try withPanels {
                let type = precision.elementType
                for index in 0..<4 {
                    let c = try makeCase([7, 6, 38, 3], type)
                    try c.weights[index].value.narrowed(1, 0..<1).fill(.nan)
                    #expect(try !frozen(c, type).allFinite(), "\(index)")
                }
                let c = try makeCase([7, 6, 38, 3], type)
                let empty = Case(
                    input: try .zeros([0, 6], type: type), gates: try .zeros([0, 3]), weights: c.weights)
                #expect(try frozen(empty, type).shape == [0, 6])
            }
        }

        @Test("Without gradients nothing is recorded; the input's needs the transposed panels")
        func transposedPanels() throws {
            try withPanels {
                let c = try makeCase([7, 6, 38, 3], .float32)
                func short() throws -> Tensor {
                    try c.input.frozenMixture(
                        gates: c.gates, inWeight: c.weights[0].panels(as: .float32), inBias: c.weights[1].value,
                        outWeight: c.weights[2].panels(as: .float32), outBias: c.weights[3].value, transposed: nil)
                }
                #expect(try Gradients.off { try !short().requiresGradient })
                expectError("transposed") { try short().sum().backward() }
            }
        }

        @Test("Shapes and types that do not fit are refused")
        func refused() throws {
            try withPanels {
                let c = try makeCase([7, 6, 38, 3], .float32)
                for input in [try Tensor.zeros([7, 8]), try .zeros([5, 6]), try .zeros([7, 6], type: .bfloat16)] {
                    expectError("frozenMixture", "do not fit") {
                        _ = try frozen(Case(input: input, gates: c.gates, weights: c.weights), .float32)
                    }
                }
            }
        }

        @Test("Panels are laid out anew after the weight has changed")
        func stale() throws {
            try withPanels {
                let c = try makeCase([7, 6, 38, 3], .float32)
                let before = try frozen(c, .float32).floats()
                try c.weights[3].assign(.full(1, shape: [3, 6]) + c.weights[3].value)
                #expect(deviation(try frozen(c, .float32).floats(), before.map { $0 + 1 }) < 1e-5)
            }
        }
    }
}

extension TensorTests {
    @Suite("Linear maps by frozen weights")
    struct FrozenLinear {
        static let sizes = [[1, 256, 64], [59, 70, 33], [7, 6, 130], [190, 64, 48], [20, 39, 70], [3, 1, 64]]

        func layer(_ s: [Int], _ layout: Tensor.WeightLayout) throws -> Linear {
            let shape = layout == .outIn ? [s[2], s[1]] : [s[1], s[2]]
            return Linear(
                weight: Parameter(try .random(shape, seed: 1) * 0.3), bias: Parameter(try .random([s[2]], seed: 2)),
                layout: layout)
        }

        /// Gradients are what keeps a layer from its panels, so they give the plain product to compare with.
        @Test("Few rows are the same with panels and without", arguments: sizes, [Tensor.WeightLayout.outIn, .inOut])
        func exact(s: [Int], layout: Tensor.WeightLayout) throws {
            let input = try Tensor.random([1, s[0], s[1]], seed: 3)
            let recorded = try Tensor.random([1, s[0], s[1]], seed: 3)
            try recorded.setRequiresGradient(true)
            for precision in Precision.allCases {
                let (layer, context) = (try layer(s, layout), ForwardContext(precision: precision))
                let (own, plain) = (try layer(input, context), try layer(recorded, context))
                #expect(own.shape == plain.shape && own.type == plain.type && plain.requiresGradient)
                #expect(deviation(try own.floats(), try plain.floats()) < (precision == .float32 ? 1e-4 : 0.15))
                #expect(try layer.rectified(input, context).floats() == own.relu().floats())
                #expect(try layer.rectified(recorded, context).floats() == plain.relu().floats())
            }
        }

        @Test(
            "What is not a number is not hidden by putting 0 instead of negative numbers", arguments: Precision.allCases
        )
        func notANumber(precision: Precision) throws {
            let layer = try layer([7, 6, 130], .outIn)
            try layer.bias.value.narrowed(0, 3..<4).fill(.nan)
            let result = try layer.rectified(.random([7, 6], seed: 3), ForwardContext(precision: precision)).floats()
            #expect(result.enumerated().allSatisfy { $1.isNaN == ($0 % 130 == 3) })
        }

        @Test("The number of threads changes no bit")
        func threads() throws {
            let layer = try layer([59, 70, 133], .outIn)
            func numbers() throws -> [Float] {
                try layer(.random([59, 70], seed: 3), ForwardContext(precision: .bfloat16)).floats()
            }
            let (one, three) = (try withThreads(1, numbers), try withThreads(3, numbers))
            #expect(one == three)
        }

        @Test("Panels that do not fit are refused")
        func refused() throws {
            guard Tensor.hasPanels else { return }
            let layer = try layer([1, 6, 130], .outIn)
            let panels = try layer.weight.panels(as: .float32, transposed: true)
            expectError("frozenLinear", "do not fit") {
                _ = try Tensor.zeros([2, 8]).frozenLinear(panels, bias: layer.bias.value)
            }
            expectError("frozenLinear", "do not fit") {
                _ = try Tensor.zeros([2, 6], type: .bfloat16).frozenLinear(panels, bias: layer.bias.value)
            }
        }
    }
}
