import M3DTRandom
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Ownership")
    struct Ownership {
        /// Runs `body` and gives the number of tensors it left behind.
        func leftBehind(_ body: () throws -> Void) rethrows -> Int {
            let before = Tensor.liveCount
            try body()
            return Tensor.liveCount - before
        }

        @Test("A tensor counts while it lives")
        func counts() throws {
            let before = Tensor.liveCount
            let tensor = try Tensor.zeros([3])
            #expect(Tensor.liveCount == before + 1)
            let both = [tensor, try tensor.clone()]
            #expect(Tensor.liveCount == before + 2)
            #expect(both.count == 2)
        }

        @Test("Every kind of operation gives all its tensors back")
        func operations() throws {
            let left = try leftBehind {
                for operation in OperationCase.all {
                    let inputs = try operation.shapes.map { try Tensor.random($0).absolute() }
                    _ = try operation.run(inputs)
                }
                let x = try Tensor.random([3, 4])
                _ = try x.topK(2)
                _ = try x.isFinite()
                _ = try x.equals(x)
                _ = try x.floats()
                _ = try x.allFinite()
                try x.assign(x.clone())
                try x.accumulate(x.clone(), factor: 2)
            }
            #expect(left == 0)
        }

        @Test("A failed operation leaves nothing behind")
        func failures() throws {
            let x = try Tensor.random([2, 3])
            let left = leftBehind {
                let failures: [() throws -> Tensor] = [
                    { try x.matmul(x) }, { try x + .zeros([4]) }, { try x.reshaped([5]) }, { try x.permuted([0, 0]) },
                    { try x.narrowed(1, 2..<9) }, { try x.topK(7).values }, { try x.sum([4]) }, { try x.softmax(3) },
                    { try .concatenated([x, .zeros([9, 9])], dimension: 0) }, { try .stacked([], dimension: 0) },
                    { try x.selected(0, .i64([7])) }, { try x.embedding(.i64([-1])) },
                ]
                for failure in failures {
                    #expect(throws: TensorError.self) { try failure() }
                }
            }
            #expect(left == 0)
        }

        @Test("A graph is freed with its last tensor, whether or not it was differentiated", arguments: [false, true])
        func graphs(differentiated: Bool) throws {
            let left = try leftBehind {
                let weight = try Tensor.random([4, 4])
                try weight.setRequiresGradient(true)
                var stream = RandomStream(seed: 1)
                var y = try Tensor.random([3, 4])
                for _ in 0..<50 { y = try y.matmul(weight).tanh().dropout(0.1, stream: &stream) }
                if differentiated {
                    try y.sum().backward()
                    #expect(try weight.gradient() != nil)
                }
            }
            #expect(left == 0)
        }

        @Test("A tensor may be used twice in one operation")
        func doubleUse() throws {
            let x = try Tensor.f32([1, 2])
            #expect(try (x + x).floats() == [2, 4])
            #expect(try Tensor.concatenated([x, x, x], dimension: 0).floats() == [1, 2, 1, 2, 1, 2])
            try x.accumulate(x)
            #expect(try x.floats() == [2, 4])
            try x.assign(x)
            #expect(try x.floats() == [2, 4])
        }

        @Test("A view keeps the memory of its parent, and shares it")
        func views() throws {
            func row() throws -> Tensor {
                try Tensor.f32([1, 2, 3, 4], [2, 2]).permuted([1, 0]).narrowed(0, 1..<2)
            }
            #expect(try row().floats() == [2, 4])
            let parent = try Tensor.zeros([2, 2])
            let view = try parent.narrowed(0, 1..<2).reshaped([2])
            try view.fill(7)
            #expect(try parent.floats() == [0, 0, 7, 7])
            try parent.clone().fill(1)
            try parent.detached().scale(by: 2)
            #expect(try view.floats() == [14, 14])
        }

        @Test("A gradient outlives the tensor that it belongs to")
        func gradientOutlives() throws {
            func gradient() throws -> Tensor? {
                let x = try Tensor.f32([1, 2])
                try x.setRequiresGradient(true)
                try x.square().sum().backward()
                return try x.gradient()
            }
            #expect(try gradient()?.floats() == [2, 4])
        }
    }
}
