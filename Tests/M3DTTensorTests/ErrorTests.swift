import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Errors")
    struct Errors {
        @Test(
            "The text of every error",
            arguments: [
                (
                    TensorError.operation(name: "matmul", shapes: [[2, 3], [4]], message: "no"),
                    "matmul failed on [2, 3], [4]: no"
                ),
                (.operation(name: "making", shapes: [], message: "no memory"), "making failed: no memory"),
                (.elementCount(found: 3, shape: [2, 2]), "3 numbers do not fill the shape [2, 2], which takes 4"),
                (
                    .elementType(expected: "F32", found: "I64"),
                    "a tensor of F32 is needed, this one holds I64; convert it first"
                ),
                (.unknownDevice("gpu"), "unknown device 'gpu'; devices are cpu, cuda, cuda:0, cuda:1 and so on, mps"),
                (
                    .deviceUnavailable(name: "cuda:1", available: ["cpu", "cuda:0"]),
                    "device 'cuda:1' is not available here; available: cpu, cuda:0"
                ),
                (.missingWeight(name: "a.b", file: "f"), "f lacks the weight 'a.b'; it belongs to another model"),
                (
                    .unexpectedWeight(name: "a.b", file: "f"),
                    "f holds 'a.b', which this model does not have; it belongs to another model"
                ),
                (
                    .weightShape(name: "a", expected: [2], found: [3], file: "f"),
                    "f: weight 'a' has shape [3], this model's has [2]; the sizes in the configuration differ"
                ),
                (
                    .notFinite(what: "the gradient's norm"),
                    "the gradient's norm is not finite; lower the learning rate, or look for damaged data"
                ),
            ])
        func texts(error: TensorError, text: String) {
            #expect(error.description == text)
        }

        @Test("A refused operation names itself and the shapes of its inputs")
        func operations() throws {
            let x = try Tensor.zeros([2, 3])
            let y = try Tensor.zeros([4])
            let failures: [(name: String, shapes: String, body: () throws -> Tensor)] = [
                ("+ ", "[2, 3], [4]", { try x + y }),
                ("matmul", "[2, 3], [2, 3]", { try x.matmul(x) }),
                ("linear", "[2, 3], [4, 5], [4]", { try x.linear(.zeros([4, 5]), bias: y, layout: .outIn) }),
                ("layerNorm", "[2, 3], [4], [4]", { try x.layerNorm(y, y, epsilon: 1e-5) }),
                ("embedding", "[2, 3], [1]", { try x.embedding(.i64([2])) }),
                ("softmax", "[2, 3]", { try x.softmax(2) }),
                ("logSoftmax", "[2, 3]", { try x.logSoftmax(2) }),
                ("reshaping to [5]", "[2, 3]", { try x.reshaped([5]) }),
                ("permuting to [0]", "[2, 3]", { try x.permuted([0]) }),
                ("expanding to [2, 4]", "[2, 3]", { try x.expanded([2, 4]) }),
                ("narrowing dimension 1 to 2..<5", "[2, 3]", { try x.narrowed(1, 2..<5) }),
                ("selecting along dimension 0", "[2, 3], [1]", { try x.selected(0, .i64([2])) }),
                ("concatenating along dimension 0", "[2, 3], [4]", { try .concatenated([x, y], dimension: 0) }),
                ("stacking along dimension 9", "[4]", { try .stacked([y], dimension: 9) }),
                ("stacking along dimension 0", "[2, 3], [4]", { try .stacked([x, y], dimension: 0) }),
                ("sum", "[2, 3]", { try x.sum([2]) }),
                ("max", "[0]", { try Tensor.zeros([0]).max() }),
                ("top 4", "[2, 3]", { try x.topK(4).indices }),
                ("choosing", "[4], [2, 3]", { try x.whereTrue(y, otherwise: 0) }),
                ("making a tensor of shape", "[-1]", { try .zeros([-1]) }),
            ]
            for failure in failures {
                expectError(failure.name, "failed", failure.shapes) { _ = try failure.body() }
            }
        }

        @Test("In-place changes and copies refuse what does not fit, and change nothing")
        func inPlace() throws {
            let x = try Tensor.f32([1, 2, 3])
            expectError("assigning", "[3], [2]", "shape") { try x.assign(.zeros([2])) }
            expectError("accumulating", "[3], [2]") { try x.accumulate(.zeros([2])) }
            expectError("setting a gradient", "[3], [2]") { try x.setGradient(.zeros([2])) }
            expectError("scaling", "[5, 3]") { try x.expanded([5, 3]).scale(by: 2) }
            #expect(try x.floats() == [1, 2, 3])
            expectError("2 numbers do not fill the shape [3]") { _ = try Tensor.of([1, 2] as [Float], shape: [3]) }
            expectError("3 numbers do not fill the shape [1]") { _ = try x.scalar() }
            expectError("F64 is needed", "F32") { _ = try x.elements(Double.self) }
            expectError("copying numbers", "[2]", "8 bytes, not 4") {
                _ = try withUnsafeBytes(of: Float(1)) { try Tensor.from(bytes: $0, type: .float32, shape: [2]) }
            }
            expectError("reading a tensor", "12 bytes, not 4") {
                var number: Float = 0
                try withUnsafeMutableBytes(of: &number) { try x.copyBytes(to: $0) }
            }
        }

        @Test("More memory than there is is an error, not the end of the process")
        func memory() throws {
            expectError("making a tensor of shape [1152921504606846976]") { _ = try Tensor.zeros([1 << 60]) }
        }

        @Test("The number of threads must be positive")
        func threads() {
            expectError("setting the number of threads", "positive, not 0") { try TensorEngine.setThreads(0) }
        }

        @Test("The version is that of libtorch")
        func version() {
            #expect(TensorEngine.version.hasPrefix("2."))
        }
    }

    @Suite("Devices")
    struct Devices {
        @Test("The CPU is always there, under its name")
        func cpu() throws {
            #expect(try Device(named: "cpu") == .cpu)
            #expect(Device.available.first == .cpu)
            #expect(try Tensor.zeros([1]).device == .cpu)
            #expect([Device.cpu, .cuda(2), .mps].map(\.description) == ["cpu", "cuda:2", "mps"])
        }

        @Test(
            "Other names are refused", arguments: ["", "gpu", "CPU", "cpu:0", "cuda:", "cuda:-1", "cuda:x", "cuda:0:1"])
        func unknown(name: String) {
            #expect(throws: TensorError.unknownDevice(name)) { try Device(named: name) }
        }

        @Test("A device that is not there is an error with what is there")
        func unavailable() {
            let available = Device.available.map(\.description)
            #expect(throws: TensorError.deviceUnavailable(name: "cuda:63", available: available)) {
                try Device(named: "cuda:63")
            }
            expectError("making a tensor of shape [1] failed") { _ = try Tensor.zeros([1], device: .cuda(63)) }
        }
    }
}
