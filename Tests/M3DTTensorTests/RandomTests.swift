import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Random numbers")
    struct Random {
        /// The word that the bridge uses for an element.
        func word(key: UInt64, element: Int) -> UInt32 {
            let (group, place) = (element / 64, element % 64)
            let block = Philox.block(key: key, counter: UInt64(16 * group + place % 16))
            return [block.0, block.1, block.2, block.3][place / 16]
        }

        func dropped(_ tensor: Tensor, _ probability: Double, seed: UInt64 = 3) throws -> Tensor {
            var stream = RandomStream(seed: seed)
            return try tensor.dropout(probability, stream: &stream)
        }

        @Test("Uniform numbers are those of the Philox block function", arguments: [1, 63, 64, 65, 1000, 70_001])
        func uniformIsPhilox(count: Int) throws {
            var stream = RandomStream(seed: UInt64(count))
            var same = stream
            let key = same.next()
            let numbers = try Tensor.uniform([count], bound: 0.5, stream: &stream).floats()
            #expect(stream == same)
            let expected = (0..<count).map { Float(word(key: key, element: $0) >> 8) * 0x1p-24 - 0.5 }
            #expect(numbers == expected)
        }

        @Test("Normal numbers have the moments of the distribution")
        func moments() throws {
            let count = 400_001
            let numbers = try Tensor.random([count], seed: 5).doubles()
            func moment(_ order: Int) -> Double {
                numbers.reduce(0) { $0 + pow($1, Double(order)) } / Double(count)
            }
            let error = 1 / Double(count).squareRoot()
            #expect(abs(moment(1)) < 4 * error)
            #expect(abs(moment(2) - 1) < 4 * error * 2.0.squareRoot())
            #expect(abs(moment(3)) < 4 * error * 15.0.squareRoot())
            #expect(abs(moment(4) - 3) < 4 * error * 96.0.squareRoot())
            let far = numbers.filter { abs($0) > 1.959964 }.count
            #expect(abs(Double(far) / Double(count) - 0.05) < 4 * error * 0.2179)
            // The two numbers of a pair come from one radius; they must not be correlated.
            let pairs = stride(from: 0, to: count - 64, by: 64).flatMap { g in (0..<16).map { g + $0 } }
            let correlation = pairs.reduce(0) { $0 + numbers[$1] * numbers[$1 + 16] } / Double(pairs.count)
            #expect(abs(correlation) < 4 / Double(pairs.count).squareRoot())
        }

        @Test(
            "Dropout keeps by the Philox words and scales what it keeps", arguments: [ElementType.float32, .bfloat16])
        func dropout(type: ElementType) throws {
            for (count, probability) in [(1, 0.5), (65, 0.1), (100_003, 0.3)] {
                var stream = RandomStream(seed: 3)
                let key = stream.next()
                let input = try Tensor.full(2, shape: [count], type: type)
                let output = try dropped(input, probability)
                #expect(output.type == type)
                let threshold = UInt32(probability * 0x1p32)
                let kept = try Tensor.f32([Float(2 / (1 - probability))]).converted(to: type).floats()[0]
                let expected = (0..<count).map { word(key: key, element: $0) >= threshold ? kept : 0 }
                #expect(try output.floats() == expected)
                if count > 1000 {
                    let rate = Double(expected.filter { $0 > 0 }.count) / Double(count)
                    let error = (probability * (1 - probability) / Double(count)).squareRoot()
                    #expect(abs(rate - (1 - probability)) < 4 * error)
                }
            }
        }

        @Test("The gradient passes where the forward pass did", arguments: [ElementType.float32, .bfloat16])
        func gradient(type: ElementType) throws {
            let input = try Tensor.full(1, shape: [37, 31], type: type)
            try input.setRequiresGradient(true)
            let output = try dropped(input, 0.4)
            try output.sum().backward()
            #expect(try input.gradient()?.floats() == output.floats())
            #expect(try input.gradient()?.type == type)
        }

        @Test("The gradient of a permuted result is masked in its place")
        func permutedGradient() throws {
            let input = try Tensor.random([7, 11])
            try input.setRequiresGradient(true)
            let weight = try Tensor.random([11, 7], seed: 2)
            try (dropped(input, 0.4).permuted([1, 0]) * weight).sum().backward()
            let factor = try dropped(.full(1, shape: [7, 11]), 0.4)
            #expect(try input.gradient()?.floats() == (weight.permuted([1, 0]) * factor).floats())
        }

        @Test("A view is masked as its copy would be")
        func view() throws {
            let view = try Tensor.random([33, 17]).permuted([1, 0]).narrowed(0, 2..<9)
            #expect(try dropped(view, 0.2).floats() == dropped(view.contiguous(), 0.2).floats())
        }

        @Test("The same key gives the same mask, another key another one")
        func keys() throws {
            let ones = try Tensor.full(1, shape: [500])
            #expect(try dropped(ones, 0.5).floats() == dropped(ones, 0.5).floats())
            #expect(try dropped(ones, 0.5).floats() != dropped(ones, 0.5, seed: 4).floats())
        }

        @Test("A part of a batch loses what the whole would lose there", arguments: [2, 3, 12])
        func parts(count: Int) throws {
            let whole = try Tensor.random([12, 7, 13])
            let rows = 12 / count
            func masked(_ tensor: Tensor, _ part: BatchPart) throws -> (values: [Float], gradient: [Float]) {
                let input = try tensor.detached().clone()
                try input.setRequiresGradient(true)
                let context = ForwardContext(precision: .float32, stream: RandomStream(seed: 4), part: part)
                _ = try context.dropout(.full(1, shape: [rows]), 0.5)
                let output = try context.dropout(input, 0.3)
                try output.sum().backward()
                return (try output.floats(), try #require(try input.gradient()).floats())
            }
            let all = try masked(whole, .whole)
            let parts = try (0..<count).map { index in
                try masked(whole.narrowed(0, index * rows..<(index + 1) * rows), BatchPart(index: index, count: count))
            }
            #expect(parts.flatMap(\.values) == all.values)
            #expect(parts.flatMap(\.gradient) == all.gradient)
        }

        @Test("The number of threads changes nothing")
        func threads() throws {
            func numbers() throws -> [[Float]] {
                var stream = RandomStream(seed: 8)
                return [
                    try Tensor.normal([100_003], stream: &stream).floats(),
                    try Tensor.uniform([100_003], bound: 2, stream: &stream).floats(),
                    try Tensor.full(1, shape: [100_003]).dropout(0.1, stream: &stream).floats(),
                ]
            }
            #expect(try withThreads(1, numbers) == withThreads(2, numbers))
        }

        @Test("Nothing is dropped with probability 0; 1 and what is no probability are refused")
        func extremes() throws {
            let x = try Tensor.random([100])
            #expect(try dropped(x, 0).floats() == x.floats())
            #expect(try dropped(.zeros([0, 3]), 0.5).shape == [0, 3])
            for probability in [1, -0.1, 1.5, .nan] {
                expectError("dropout", "[100]", "probability") { _ = try dropped(x, probability) }
            }
            expectError("dropout", "float32 or bfloat16") { _ = try dropped(.i64([1, 2]), 0.5) }
        }

        @Test("A context drops only in training, and not in its frozen parts")
        func context() throws {
            let ones = try Tensor.full(1, shape: [200])
            let evaluation = ForwardContext(precision: .float32)
            #expect(try evaluation.dropout(ones, 0.5) === ones)
            let training = ForwardContext(precision: .float32, stream: RandomStream(seed: 1))
            #expect(try training.dropout(ones, 0) === ones)
            let first = try training.dropout(ones, 0.5).floats()
            let position = training.stream
            #expect(try training.withoutDropout { try training.dropout(ones, 0.5) } === ones)
            #expect(training.stream == position)
            #expect(try training.dropout(ones, 0.5).floats() != first)
            #expect(throws: CancellationError.self) { try training.withoutDropout { throw CancellationError() } }
            #expect(training.stream != nil)
        }
    }
}
