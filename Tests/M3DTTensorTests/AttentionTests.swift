import M3DTStorage
import M3DTTensor
import Testing

// Legend: B rows, H heads, T tokens, W width of a head.
extension TensorTests {
    /// Attention in one operation, against the same from single operations. Where the processor has none, it must be refused.
    @Suite("Attention")
    struct Attention {
        static let sizes = [[2, 3, 75, 32], [3, 2, 37, 20], [1, 1, 1, 3], [1, 2, 130, 64]]
        /// Which keys are padding: none, some in the middle, and the first ones, so that some queries see padding alone.
        static let paddings = [0..<0, 2..<9, 0..<5]

        func joint(_ s: [Int], _ type: ElementType = .float32) throws -> Tensor {
            let tensor = try Tensor.random([s[0], s[2], 3 * s[1] * s[3]], seed: 4).converted(to: type)
            try tensor.setRequiresGradient(true)
            return tensor
        }

        func mask(_ s: [Int], padding: Range<Int>) throws -> Tensor {
            try .f32((0..<s[0] * s[2]).map { padding.contains($0 % s[2]) && s[2] > 1 ? 0 : 1 }, [s[0], s[2]])
        }

        /// From single operations; `kept` are factors of the weights, [B, H, T, T].
        func composition(_ joint: Tensor, _ s: [Int], mask: Tensor, kept: Tensor? = nil) throws -> Tensor {
            let (b, h, t, w) = (s[0], s[1], s[2], s[3])
            let parts = try joint.reshaped([b, t, 3, h, w]).permuted([2, 0, 3, 1, 4])
            func part(_ index: Int) throws -> Tensor {
                try parts.narrowed(0, index..<index + 1).reshaped([b, h, t, w])
            }
            let scores = try (part(0) * (1 / Double(w).squareRoot())).matmul(part(1).permuted([0, 1, 3, 2]))
            let causal = try scores.whereTrue(.lowerTriangle(t), otherwise: -1e4)
            var weights = try (causal + ((mask - 1) * 1e4).reshaped([b, 1, 1, t])).softmax()
            if let kept { weights = try weights * kept }
            return try weights.matmul(part(2)).permuted([0, 2, 1, 3]).reshaped([b, t, h * w])
        }

        /// The output and the joint gradient of queries, keys and values.
        func results(_ joint: Tensor, _ run: (Tensor) throws -> Tensor) throws -> [[Double]] {
            let output = try run(joint)
            try (output.converted(to: .float32) * .random(output.shape, seed: 8)).sum().backward()
            return [try output.doubles(), try #require(try joint.gradient()).doubles()]
        }

        func withAttention(_ body: () throws -> Void) throws {
            if Tensor.canAttend(headWidth: 32, keys: 75) { return try body() }
            let s = Self.sizes[0]
            expectError("no attention") { _ = try joint(s).attention(heads: s[1], keyMask: mask(s, padding: 0..<0)) }
        }

        @Test("Equals the same from single operations, with all gradients", arguments: sizes, paddings)
        func exact(s: [Int], padding: Range<Int>) throws {
            try withAttention {
                let mask = try mask(s, padding: padding)
                let own = try results(joint(s)) { try $0.attention(heads: s[1], keyMask: mask) }
                let reference = try results(joint(s)) { try composition($0, s, mask: mask) }
                #expect(deviation(own[0], reference[0]) < 2e-6)
                #expect(deviation(own[1], reference[1]) < 1e-5)
            }
        }

        @Test("Is near it in bfloat16", arguments: sizes)
        func rounded(s: [Int]) throws {
            try withAttention {
                let mask = try mask(s, padding: 2..<9)
                let own = try results(joint(s, .bfloat16)) { try $0.attention(heads: s[1], keyMask: mask) }
                let exact = try joint(s, .bfloat16).detached().converted(to: .float32)
                try exact.setRequiresGradient(true)
                let reference = try results(exact) { try composition($0, s, mask: mask) }
                for (own, reference) in zip(own, reference) {
                    #expect(deviation(own, reference) < 0.02 * max(reference.map { abs($0) }.max()!, 1))
                }
            }
        }

        @Test("Dropout takes single weights, by its key, with all gradients")
        func dropout() throws {
            try withAttention {
                let s = [2, 3, 13, 16]
                let (b, h, t, w) = (s[0], s[1], s[2], s[3])
                let draw = DropoutDraw(probability: 0.3, key: 7)
                let mask = try mask(s, padding: 2..<4)
                // Equal scores, and values that are 1 in a column of their own, show the weights.
                let shown: [Float] = (0..<b * t * 3 * h * w).map { index in
                    let (column, part, token) = (index % w, index / (h * w) % 3, index / (3 * h * w) % t)
                    return part == 2 && column == token ? 1 : 0
                }
                let blank = try Tensor.f32(shown, [b, t, 3 * h * w])
                func weights(_ dropout: DropoutDraw?) throws -> [Float] {
                    try blank.attention(heads: h, keyMask: mask, dropout: dropout)
                        .reshaped([b, t, h, w]).permuted([0, 2, 1, 3]).narrowed(3, 0..<t).floats()
                }
                let kept = zip(try weights(draw), try weights(nil)).map { $1 == 0 ? 0 : $0 / $1 }
                #expect(Set(kept.map { ($0 * 1000).rounded() }) == [0, 1429])
                #expect(try weights(DropoutDraw(probability: 0.3, key: 8)) != weights(draw))
                let own = try results(joint(s)) { try $0.attention(heads: h, keyMask: mask, dropout: draw) }
                let factors = try Tensor.f32(kept, [b, h, t, t])
                let reference = try results(joint(s)) { try composition($0, s, mask: mask, kept: factors) }
                #expect(deviation(own[0], reference[0]) < 2e-5)
                #expect(deviation(own[1], reference[1]) < 2e-5)
            }
        }

        @Test("A part of a batch loses the weights that the whole would lose there")
        func parts() throws {
            try withAttention {
                let s = [6, 3, 13, 16]
                let (given, mask) = (try joint(s).detached(), try mask(s, padding: 0..<0))
                func attention(_ rows: Range<Int>, _ part: BatchPart) throws -> [Float] {
                    try given.narrowed(0, rows).attention(
                        heads: 3, keyMask: mask.narrowed(0, rows),
                        dropout: DropoutDraw(probability: 0.4, key: 6, part: part)
                    ).floats()
                }
                let parts = try (0..<3).flatMap { try attention($0 * 2..<$0 * 2 + 2, BatchPart(index: $0, count: 3)) }
                #expect(try attention(0..<6, .whole) == parts)
            }
        }

        @Test("As many weights are dropped as is said")
        func share() throws {
            try withAttention {
                // Queries and keys of 0 and values of 1: an output is the share of its weights that is kept.
                let s = [4, 8, 130, 16]
                let numbers: [Float] = (0..<4 * 130 * 3 * 128).map { $0 / 128 % 3 == 2 ? 1 : 0 }
                let ones = try Tensor.f32(numbers, [4, 130, 3 * 128])
                let output = try ones.attention(
                    heads: 8, keyMask: mask(s, padding: 0..<0), dropout: DropoutDraw(probability: 0.1, key: 3))
                #expect(abs(try output.mean().scalar() - 1) < 0.01)
                // The last query's 130 weights; the squared deviation is p / (1 - p) / 130.
                let last = try output.narrowed(1, 129..<130).floats().enumerated().filter { $0.offset % 16 == 0 }
                #expect(last.allSatisfy { abs($0.element - 1) < 0.16 } && Set(last.map(\.element)).count > 8)
            }
        }

        @Test("Queries at the end of all keys give the end of all outputs")
        func lastQueries() throws {
            try withAttention {
                let s = [2, 3, 25, 16]
                let mask = try mask(s, padding: 3..<9)
                let parts = try joint(s).detached().reshaped([2, 25, 3, 3, 16]).permuted([2, 0, 3, 1, 4])
                func part(_ index: Int) throws -> Tensor {
                    try parts.narrowed(0, index..<index + 1).reshaped([2, 3, 25, 16])
                }
                let all = try joint(s).detached()
                let expected = try all.attention(heads: 3, keyMask: mask).narrowed(1, 18..<25).floats()
                for (first, second) in [(0, 0), (0, 11), (4, 18)] {
                    let past = try [0..<first, first..<second].filter { !$0.isEmpty }.map {
                        (keys: try part(1).narrowed(2, $0).contiguous(), values: try part(2).narrowed(2, $0))
                    }
                    let own = try all.narrowed(1, second..<25)
                        .attention(after: past, heads: 3, keyMask: mask, queries: 7)
                    #expect(try own.floats() == expected)
                }
                expectError("attention", "[2, 3, 7, 16]") {
                    let past = (keys: try part(1), values: try part(2).narrowed(2, 0..<7))
                    _ = try all.attention(after: [past], heads: 3, keyMask: mask, queries: 7)
                }
                expectError("attention", "26 queries") {
                    _ = try all.attention(after: [], heads: 3, keyMask: mask, queries: 26)
                }
            }
        }

        @Test("The number of threads changes no bit")
        func threads() throws {
            try withAttention {
                let s = [2, 3, 37, 20]
                func bits() throws -> [[Double]] {
                    try results(joint(s)) {
                        try $0.attention(
                            heads: 3, keyMask: mask(s, padding: 2..<9), dropout: DropoutDraw(probability: 0.2, key: 1))
                    }
                }
                let (one, three) = (try withThreads(1, bits), try withThreads(3, bits))
                #expect(one == three)
            }
        }

        @Test("What is not a number is not hidden", arguments: 0..<3)
        func notANumber(part: Int) throws {
            try withAttention {
                let s = [1, 2, 9, 16]
                let given = try joint(s).detached()
                try given.narrowed(2, part * 32..<part * 32 + 1).narrowed(1, 0..<1).fill(.nan)
                #expect(try !given.attention(heads: 2, keyMask: mask(s, padding: 0..<0)).allFinite())
            }
        }
    }
}
