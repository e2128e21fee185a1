import M3DTRandom
import M3DTStorage
import M3DTTensor
import Testing

extension TensorTests {
    /// The forms of operations for other devices give on the CPU what the CPU's own forms give.
    @Suite("Device forms")
    struct DeviceForm {
        private let mixture = Mixture()

        private func expectSame(
            _ run: @escaping ([Tensor]) throws -> Tensor, _ inputs: () throws -> [Tensor], within tolerance: Double
        ) throws {
            let onDevice: ([Tensor]) throws -> Tensor = { x in try DeviceForms.onCPU { try run(x) } }
            #expect(deviation(try run(inputs()).doubles(), try onDevice(inputs()).doubles()) < tolerance)
            let own = try mixture.gradients(inputs(), run)
            let other = try mixture.gradients(inputs(), onDevice)
            for (name, pair) in zip(Mixture.names, zip(own, other)) {
                #expect(deviation(try #require(pair.0), try #require(pair.1)) < tolerance, "\(name)")
            }
        }

        @Test("The mixture, with all gradients", arguments: [ElementType.float32, .bfloat16], [0, 0.5])
        func mixture(type: ElementType, probability: Double) throws {
            let draw = probability > 0 ? DropoutDraw(probability: probability, key: 9) : nil
            try expectSame(
                { x in
                    try x[0].mixture(
                        gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5], dropout: draw)
                }, { try mixture.inputs(type) }, within: type == .float32 ? 1e-5 : 0.15)
        }

        @Test("The mixture of chosen experts, with all gradients", arguments: [ElementType.float32, .bfloat16])
        func sparseMixture(type: ElementType) throws {
            try expectSame(
                { x in
                    try x[0].sparseMixture(gates: x[1], inWeight: x[2], inBias: x[3], outWeight: x[4], outBias: x[5])
                }, { try mixture.sparseInputs(type) }, within: type == .float32 ? 1e-5 : 0.15)
        }

        @Test("Dropout by the same key, bit for bit")
        func dropout() throws {
            func dropped(_ gradient: inout [Double]) throws -> [Double] {
                let x = try Tensor.random([40, 30])
                try x.setRequiresGradient(true)
                var stream = RandomStream(seed: 3)
                let y = try x.dropout(0.3, stream: &stream)
                try (y * Tensor.random([40, 30], seed: 2)).sum().backward()
                gradient = try #require(try x.gradient()).doubles()
                return try y.doubles()
            }
            var (own, other) = ([0.0], [0.0])
            #expect(try dropped(&own) == DeviceForms.onCPU { try dropped(&other) })
            #expect(own == other)
        }

        @Test("AdamW on the device takes the same steps, and skips one whose norm is not finite")
        func optimizer() throws {
            func optimizer() throws -> AdamW {
                try AdamW(FlatParameters([NamedParameter("w", Parameter(try .random([50], seed: 4)))]))
            }
            let (own, other) = (try optimizer(), try optimizer())
            let onDevice = try DeviceAdamW(other)
            for step in 0..<6 {
                let gradient = try Tensor.random([50], seed: UInt64(step)) * (step % 2 == 0 ? 1 : 1e-3)
                for optimizer in [own, other] { try optimizer.parameters.gradients.assign(gradient) }
                let norm = try own.step(learningRate: 0.01 * Double(step + 1))
                try onDevice.setLearningRate(0.01 * Double(step + 1))
                #expect(abs(try onDevice.step().scalar() / norm - 1) < 1e-6)
                #expect(deviation(try own.parameters.values.floats(), try other.parameters.values.floats()) < 1e-6)
                #expect(deviation(try own.firstMoment.floats(), try other.firstMoment.floats()) < 1e-6)
                #expect(deviation(try own.secondMoment.floats(), try other.secondMoment.floats()) < 1e-6)
                #expect(try other.parameters.gradients.floats().allSatisfy { $0 == 0 })
            }
            let before = try [other.parameters.values, other.firstMoment, other.secondMoment].map { try $0.floats() }
            for bad in [Double.nan, .infinity] {
                try other.parameters.gradients.fill(bad)
                #expect(try !onDevice.step().scalar().isFinite)
            }
            #expect(
                try [other.parameters.values, other.firstMoment, other.secondMoment].map { try $0.floats() } == before)
            // Skipped steps do not count for the corrections of the moments either.
            for optimizer in [own, other] { try optimizer.parameters.gradients.fill(0.1) }
            try own.step(learningRate: 0.06)
            _ = try onDevice.step()
            #expect(deviation(try own.parameters.values.floats(), try other.parameters.values.floats()) < 1e-6)
        }

        @Test("Counting and attention")
        func others() throws {
            #expect(try Tensor.counting(to: 5, device: .cpu).elements(Int64.self) == [0, 1, 2, 3, 4])
            let (q, k, v) = (
                try Tensor.random([2, 3, 4, 8]), try Tensor.random([2, 3, 6, 8], seed: 2),
                try Tensor.random([2, 3, 6, 8], seed: 3)
            )
            let bias = try Tensor.random([2, 1, 4, 6], seed: 4)
            let scores = try (q * (1 / 8.0.squareRoot())).matmul(k.permuted([0, 1, 3, 2])) + bias
            let expected = try scores.softmax().matmul(v)
            #expect(deviation(try q.attention(keys: k, values: v, bias: bias).floats(), try expected.floats()) < 1e-5)
        }
    }

    @Suite("Rehearsal of a GPU")
    struct Rehearsal {
        @Test("Computes as the CPU, forward and backward")
        func computes() throws {
            func gradient(_ device: Device) throws -> [[Float]] {
                let x = try Tensor.random([6, 4]).converted(device: device)
                let w = try Tensor.random([5, 4], seed: 2).converted(device: device)
                for leaf in [x, w] { try leaf.setRequiresGradient(true) }
                let y = try x.linear(w, bias: nil, layout: .outIn).relu().softmax()
                #expect(y.device == device)
                try (y * y).sum().backward()
                return try [y, #require(try x.gradient()), #require(try w.gradient())].map { try $0.floats() }
            }
            for (own, expected) in zip(try gradient(.rehearsal), try gradient(.cpu)) {
                #expect(deviation(own, expected) < 1e-6)
            }
        }

        @Test("Refuses tensors of the host, but takes single numbers")
        func strict() throws {
            let (there, here) = (try Tensor.zeros([3], device: .rehearsal), try Tensor.zeros([3]))
            expectError("+ failed", "cpu") { _ = try there + here }
            expectError("matmul", "cpu") {
                _ = try there.reshaped([1, 3]).matmul(here.reshaped([3, 1]))
            }
            #expect(try (there + Tensor.full(2, shape: [])).floats() == [2, 2, 2])
        }

        @Test("Work that is recorded is done each time it is repeated, on what the tensors then hold")
        func recorded() throws {
            let input = try Tensor.full(1, shape: [2], device: .rehearsal)
            let sum = try Tensor.zeros([2], device: .rehearsal)
            let work = try RecordedWork(on: .rehearsal) { try sum.accumulate(input * 2) }
            #expect(try sum.floats() == [0, 0])
            try work.replay()
            try input.fill(10)
            try work.replay()
            #expect(try sum.floats() == [22, 22])
            #expect(!RecordedWork.isPossible(on: .cpu))
        }

        @Test("Its name is known, and it is not offered")
        func name() throws {
            #expect(try Device(named: "rehearsal") == .rehearsal)
            #expect(!Device.available.contains(.rehearsal))
            #expect(try Tensor.zeros([1], device: .rehearsal).device.description == "rehearsal")
        }
    }
}
