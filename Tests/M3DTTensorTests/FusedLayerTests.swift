import M3DTStorage
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Operations that join what a block does in a row")
    struct FusedLayers {
        /// The gradients of a sum with fixed weights.
        func gradients(_ inputs: [Tensor], _ run: ([Tensor]) throws -> Tensor) throws -> [[Double]?] {
            for input in inputs { try input.setRequiresGradient(true) }
            let output = try run(inputs)
            try (output.converted(to: .float32) * .random(output.shape, seed: 5)).sum().backward()
            return try inputs.map { try $0.gradient()?.doubles() }
        }

        func normInputs(_ rows: Int, _ width: Int) throws -> [Tensor] {
            try [.random([rows, width], seed: 1) * 3 + 1, .random([width], seed: 2), .random([width], seed: 3)]
        }

        /// The normalisation from single operations.
        func composition(_ x: [Tensor]) throws -> Tensor {
            let centred = try x[0] - x[0].mean([-1], keep: true)
            let variance = try centred.square().mean([-1], keep: true)
            return try centred / (variance + 1e-5).squareRoot() * x[1] + x[2]
        }

        @Test(
            "Normalisation and its gradients are those of single operations",
            arguments: [[67, 37], [5, 256], [1, 1]])
        func norm(shape: [Int]) throws {
            func own(_ x: [Tensor]) throws -> Tensor { try x[0].layerNorm(x[1], x[2], epsilon: 1e-5) }
            let inputs = { try normInputs(shape[0], shape[1]) }
            #expect(deviation(try own(inputs()).floats(), try composition(inputs()).floats()) < 2e-5)
            let pairs = zip(try gradients(inputs(), own), try gradients(inputs(), composition))
            for (own, reference) in pairs { #expect(deviation(try #require(own), try #require(reference)) < 1e-4) }
        }

        @Test("Normalisation may end in bfloat16, as if rounded afterwards, and its gradients too")
        func roundedNorm() throws {
            func own(_ x: [Tensor]) throws -> Tensor { try x[0].layerNorm(x[1], x[2], epsilon: 1e-5, as: .bfloat16) }
            func reference(_ x: [Tensor]) throws -> Tensor {
                try x[0].layerNorm(x[1], x[2], epsilon: 1e-5).converted(to: .bfloat16)
            }
            #expect(try own(normInputs(9, 40)).type == .bfloat16)
            #expect(try own(normInputs(9, 40)).floats() == reference(normInputs(9, 40)).floats())
            #expect(try gradients(normInputs(9, 40), own) == gradients(normInputs(9, 40), reference))
        }

        @Test("A residual sum is the sum, whatever the addend's type", arguments: [ElementType.float32, .bfloat16])
        func residual(type: ElementType) throws {
            let inputs = { [try Tensor.random([7, 33], seed: 1), try Tensor.random([7, 33], seed: 2, type: type)] }
            func own(_ x: [Tensor]) throws -> Tensor { try x[0].adding(x[1]) }
            func reference(_ x: [Tensor]) throws -> Tensor { try x[0] + x[1].converted(to: .float32) }
            #expect(try own(inputs()).type == .float32)
            #expect(try own(inputs()).floats() == reference(inputs()).floats())
            #expect(try gradients(inputs(), own) == gradients(inputs(), reference))
        }

        @Test("Dropout takes from the addend alone, by its key", arguments: [ElementType.float32, .bfloat16])
        func droppedResidual(type: ElementType) throws {
            let draw = DropoutDraw(probability: 0.25, key: 11)
            let shape = [61, 67]
            let kept = try Tensor.zeros(shape).adding(.full(1, shape: shape), dropout: draw)
            let numbers = try kept.floats()
            #expect(Set(numbers) == [0, Float(65536) / 49152])
            #expect(abs(numbers.reduce(0, +) / Float(numbers.count) - 1) < 0.03)
            let other = DropoutDraw(probability: 0.25, key: 12)
            #expect(try Tensor.zeros(shape).adding(.full(1, shape: shape), dropout: other).floats() != numbers)
            let inputs = { [try Tensor.random(shape, seed: 1), try Tensor.random(shape, seed: 2, type: type)] }
            func own(_ x: [Tensor]) throws -> Tensor { try x[0].adding(x[1], dropout: draw) }
            func reference(_ x: [Tensor]) throws -> Tensor { try x[0] + x[1].converted(to: .float32) * kept }
            #expect(deviation(try own(inputs()).floats(), try reference(inputs()).floats()) < 1e-6)
            for pair in zip(try gradients(inputs(), own), try gradients(inputs(), reference)) {
                #expect(deviation(try #require(pair.0), try #require(pair.1)) < 1e-6)
            }
            expectError("adding", "probability") {
                _ = try own(inputs()).adding(kept, dropout: DropoutDraw(probability: 1, key: 0))
            }
            expectError("adding", "one shape") { _ = try kept.adding(.zeros([67])) }
        }

        @Test("A part of a batch loses what the whole would lose there", arguments: [2, 3, 5])
        func parts(count: Int) throws {
            let (rows, width) = (7, 37)
            func kept(_ rows: Int, _ part: BatchPart) throws -> [Float] {
                let draw = DropoutDraw(probability: 0.4, key: 6, part: part)
                return try Tensor.zeros([rows, width]).adding(.full(1, shape: [rows, width]), dropout: draw).floats()
            }
            let parts = try (0..<count).flatMap { try kept(rows, BatchPart(index: $0, count: count)) }
            #expect(try kept(count * rows, .whole) == parts)
        }

        @Test("The number of threads changes no bit")
        func threads() throws {
            func bits() throws -> [[Double]?] {
                let draw = DropoutDraw(probability: 0.1, key: 3)
                return try gradients(normInputs(517, 64)) {
                    try $0[0].adding($0[0].layerNorm($0[1], $0[2], epsilon: 1e-5, as: .bfloat16), dropout: draw)
                }
            }
            let (one, three) = (try withThreads(1, bits), try withThreads(3, bits))
            #expect(one == three)
        }

        @Test("A weight's gradient through bfloat16 is the sum over its uses")
        func roundedWeight() throws {
            let weight = Parameter(try .random([40, 30], seed: 6))
            let flat = try FlatParameters([NamedParameter("w", weight)])
            let input = try Tensor.random([5, 40], seed: 7, type: .bfloat16)
            for use in 1...2 {
                try input.matmul(weight.value(as: .bfloat16)).converted(to: .float32).sum().backward()
                let column = try input.converted(to: .float32).sum([0]).floats()
                let expected = (0..<1200).map { Float(use) * column[$0 / 30] }
                #expect(deviation(try flat.gradients.floats(), expected) < 0.05)
            }
        }
    }
}
