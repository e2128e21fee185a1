import M3DTRandom
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Threads")
    struct Threads {
        /// A small training run: layers, dropout, the mixture, a backward pass and the optimiser.
        @Sendable static func train(seed: Int) throws -> [Float] {
            var stream = RandomStream(seed: UInt64(seed))
            let layer = try Linear(in: 8, out: 8, stream: &stream)
            let adam = try AdamW(FlatParameters(layer.namedParameters))
            let shapes = [[200, 3], [3, 8, 16], [3, 16], [3, 16, 8], [3, 8]]
            let experts = try shapes.map { try Tensor.normal($0, deviation: 0.1, stream: &stream) }
            let context = ForwardContext(precision: .float32, stream: stream)
            for step in 0..<5 {
                let input = try Tensor.random([200, 8], seed: UInt64(seed * 100 + step))
                let hidden = try context.dropout(layer(input, context), 0.1)
                let output = try hidden.mixture(
                    gates: experts[0], inWeight: experts[1], inBias: experts[2], outWeight: experts[3],
                    outBias: experts[4])
                try output.square().mean().backward()
                try adam.step(learningRate: 0.01)
            }
            return try adam.parameters.values.floats()
        }

        @Test("Threads that each have their own tensors do not disturb each other")
        func independent() async throws {
            let alone = try (0..<6).map(Self.train)
            let together = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
                for seed in 0..<6 { group.addTask { (seed, try Self.train(seed: seed)) } }
                return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
            }
            for seed in 0..<6 { #expect(together[seed] == alone[seed]) }
            #expect(alone[0] != alone[1])
        }

        @Test("Each thread sees its own last error")
        func errors() async throws {
            let messages = try await withThrowingTaskGroup(of: Bool.self) { group in
                for size in 1...8 {
                    group.addTask {
                        try (0..<50).allSatisfy { _ in
                            do {
                                _ = try Tensor.zeros([size]).reshaped([size + 1])
                                return false
                            } catch let error as TensorError {
                                return error.description.contains("input of size \(size)")
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(messages == Array(repeating: true, count: 8))
        }
    }
}
