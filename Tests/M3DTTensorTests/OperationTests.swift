import M3DTStorage
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Operations")
    struct Operations {
        static func inputs(_ operation: OperationCase, type: ElementType = .float64) throws -> [Tensor] {
            try operation.shapes.enumerated().map { index, shape in
                try (Tensor.random(shape, seed: UInt64(index) + 5).absolute() + 0.05).converted(to: type)
            }
        }

        @Test("Equals the same written out in plain Swift", arguments: OperationCase.all)
        func reference(_ operation: OperationCase) throws {
            let inputs = try Self.inputs(operation)
            let result = try operation.run(inputs)
            let expected = operation.reference(try inputs.map { Grid($0.shape, try $0.doubles()) })
            #expect(result.shape == expected.shape)
            #expect(result.type == .float64)
            #expect(deviation(try result.doubles(), expected.numbers) < 1e-12)
        }

        @Test("Is the same in float32 up to rounding", arguments: OperationCase.all)
        func singlePrecision(_ operation: OperationCase) throws {
            let inputs = try Self.inputs(operation, type: .float32)
            let result = try operation.run(inputs)
            #expect(result.type == .float32)
            let exact = try operation.run(inputs.map { try $0.converted(to: .float64) })
            #expect(deviation(try result.doubles(), try exact.doubles()) < 1e-5)
        }

        @Test("Gradients equal central differences", arguments: OperationCase.all)
        func gradients(_ operation: OperationCase) throws {
            let inputs = try Self.inputs(operation)
            let probe = try Tensor.random(operation.run(inputs).shape, seed: 99, type: .float64)
            func loss(_ inputs: [Tensor]) throws -> Tensor { try (operation.run(inputs) * probe).sum() }
            for input in inputs { try input.setRequiresGradient(true) }
            try loss(inputs).backward()
            for (position, input) in inputs.enumerated() {
                let gradient = try #require(try input.gradient())
                let numbers = try input.doubles()
                let expected = try numbers.indices.map { index in
                    func moved(by step: Double) throws -> Double {
                        var changed = numbers
                        changed[index] += step
                        var others = inputs
                        others[position] = try .of(changed, shape: input.shape)
                        return try Gradients.off { try loss(others).scalar() }
                    }
                    return (try moved(by: 1e-6) - moved(by: -1e-6)) / 2e-6
                }
                #expect(gradient.shape == input.shape)
                #expect(deviation(try gradient.doubles(), expected) < 1e-7, "input \(position)")
            }
        }

        @Test("Comparisons give truth values")
        func comparisons() throws {
            let x = try Tensor.f32([1, 2, 3])
            let nothing = Float.nan
            func truths(_ tensor: Tensor) throws -> [Float] {
                #expect(tensor.type == .bool)
                return try tensor.floats()
            }
            #expect(try truths(x.equals(.f32([1, 0, 3]))) == [1, 0, 1])
            #expect(try truths(x.less(than: 2)) == [1, 0, 0])
            #expect(try truths(x.greater(than: 2)) == [0, 0, 1])
            #expect(try truths(Tensor.f32([1, .infinity, nothing]).isFinite()) == [1, 0, 0])
            #expect(try x.allFinite())
            #expect(try Tensor.zeros([0]).allFinite())
            #expect(try !Tensor.f32([1, nothing]).allFinite())
            #expect(try truths(.lowerTriangle(3)) == [1, 0, 0, 1, 1, 0, 1, 1, 1])
        }

        @Test("The places of the largest elements come largest first")
        func topK() throws {
            let (values, indices) = try Tensor.f32([3, 9, 1, 7, 8, 2], [2, 3]).topK(2)
            #expect(try values.floats() == [9, 3, 8, 7])
            #expect(try indices.elements(Int64.self) == [1, 0, 1, 0])
        }

        @Test("Empty tensors and whole numbers work where they have a meaning")
        func emptyAndWhole() throws {
            let empty = try Tensor.zeros([0, 3])
            #expect(try empty.sum().scalar() == 0)
            #expect(try empty.matmul(.zeros([3, 2])).shape == [0, 2])
            #expect(try (empty + 1).floats() == [])
            #expect(try Tensor.concatenated([empty, .full(1, shape: [1, 3])], dimension: 0).floats() == [1, 1, 1])
            let whole = try Tensor.i64([1, -2, 3])
            #expect(try (whole + whole).elements(Int64.self) == [2, -4, 6])
            #expect(try whole.absolute().elements(Int64.self) == [1, 2, 3])
            #expect(try whole.sum().elements(Int64.self) == [2])
            #expect(try (whole * 0.5).floats() == [0.5, -1, 1.5])
        }

        @Test("Numbers go in and come out unchanged in every type")
        func types() throws {
            for type in ElementType.allCases {
                let tensor = try Tensor.f32([0, 1, 1]).converted(to: type)
                #expect(tensor.type == type)
                #expect(try tensor.floats() == [0, 1, 1])
                #expect(try Tensor.full(1, shape: [2], type: type).floats() == [1, 1])
            }
            let extremes: [Int64] = [.min, .max]
            #expect(try Tensor.of(extremes, shape: [2]).elements() == extremes)
            #expect(try Tensor.of([Int8(-128), 127], shape: [2]).elements(Int8.self) == [-128, 127])
            #expect(try Tensor.f32([1.0 / 3]).converted(to: .bfloat16).floats() == [0.333984375])
        }

        @Test("Elements of a view come in row-major order")
        func elementsOfViews() throws {
            let x = try Tensor.f32([1, 2, 3, 4, 5, 6], [2, 3])
            #expect(try x.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
            #expect(try x.narrowed(1, 1..<2).expanded([2, 2]).floats() == [2, 2, 5, 5])
        }

        @Test("In-place changes")
        func inPlace() throws {
            let x = try Tensor.f32([1, 2, 3])
            try x.scale(by: 2)
            try x.accumulate(.f32([1, 1, 1]), factor: -1)
            #expect(try x.floats() == [1, 3, 5])
            try x.assign(Tensor.of([7, 8, 9] as [Double], shape: [3]))
            #expect(try x.floats() == [7, 8, 9])
            try x.fill(0.5)
            #expect(try x.floats() == [0.5, 0.5, 0.5])
        }
    }
}
