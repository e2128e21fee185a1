import Foundation
import M3DTStorage
import M3DTTensor
import Testing

extension TensorTests {
    @Suite("Weights in files")
    struct Weights {
        /// Runs `body` with a fresh folder and removes it.
        func withFolder(_ body: (URL) throws -> Void) throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("m3dt-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            try body(folder)
        }

        static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/python-safetensors")

        func linear(_ scale: Float = 1) throws -> Linear {
            Linear(
                weight: Parameter(try .f32([1, 2, 3, 4, 5, 6].map { $0 * scale }, [2, 3])),
                bias: Parameter(try .f32([7, 8].map { $0 * scale })), layout: .outIn)
        }

        func numbers(_ layer: Linear) throws -> [[Float]] {
            try layer.namedParameters.map { try $0.parameter.value.floats() }
        }

        @Test("Weights come back as they were written, frozen or under training", arguments: [false, true])
        func roundTrip(training: Bool) throws {
            try withFolder { folder in
                let url = folder.appendingPathComponent("w.safetensors")
                let layer = try linear(1.0 / 3)
                let flat = training ? try FlatParameters(layer.namedParameters) : nil
                try SafetensorsWriter.write(to: url, tensors: layer.storedWeights())
                let other = try linear(0)
                try other.load(from: SafetensorsFile(contentsOf: url))
                #expect(try numbers(other) == numbers(layer))
                #expect(flat?.count == (training ? 8 : nil))
            }
        }

        @Test("Tensors of every type and shape come back, views too")
        func tensors() throws {
            try withFolder { folder in
                let url = folder.appendingPathComponent("t.safetensors")
                var tensors = try ElementType.allCases.map { type in
                    (type.rawValue, try Tensor.f32([1, 0, 1, 1, 0, 0], [2, 3]).converted(to: type))
                }
                tensors += [
                    ("view", try Tensor.random([4, 3]).permuted([1, 0])), ("number", try .full(3, shape: [])),
                    ("empty", try .zeros([0, 3])),
                ]
                try SafetensorsWriter.write(to: url, tensors: tensors.map { $0.1.stored(as: $0.0) })
                let file = try SafetensorsFile(contentsOf: url)
                for (name, tensor) in tensors {
                    let read = try Tensor.read(name, from: file)
                    #expect(read.type == tensor.type)
                    #expect(read.shape == tensor.shape)
                    #expect(try read.floats() == tensor.floats())
                }
                #expect(throws: StorageError.self) { try Tensor.read("other", from: file) }
            }
        }

        @Test("Missing, unexpected and misshapen weights are refused, and nothing is changed")
        func refused() throws {
            let layer = try linear()
            let (weight, bias) = (try Tensor.zeros([2, 3]), try Tensor.zeros([2]))
            let cases: [([String: Tensor], TensorError)] = [
                (["weight": weight], .missingWeight(name: "bias", file: "f")),
                (
                    ["weight": weight, "bias": bias, "b": bias, "a": bias],
                    .unexpectedWeight(name: "a", file: "f")
                ),
                (
                    ["weight": weight, "bias": try .zeros([3])],
                    .weightShape(name: "bias", expected: [2], found: [3], file: "f")
                ),
            ]
            for (weights, error) in cases {
                #expect(throws: error) { try layer.load(weights, source: "f") }
                #expect(try numbers(layer) == [[1, 2, 3, 4, 5, 6], [7, 8]])
            }
        }

        @Test("Loading refreshes what was converted before, and reaches the buffer under training")
        func reload() throws {
            let layer = try linear()
            let context = ForwardContext(precision: .bfloat16)
            let input = try Tensor.f32([1, 0, 0], [1, 3])
            #expect(try layer(input, context).floats() == [8, 12])
            try layer.load(["weight": .full(1, shape: [2, 3]), "bias": .zeros([2])], source: "f")
            #expect(try layer(input, context).floats() == [1, 1])
            let flat = try FlatParameters(layer.namedParameters)
            try layer.load(["weight": .full(2, shape: [2, 3]), "bias": .zeros([2])], source: "f")
            #expect(try flat.values.floats() == [2, 2, 2, 2, 2, 2, 0, 0])
        }

        @Test("A layer loads what the Python package wrote")
        func pythonLayer() throws {
            let file = try SafetensorsFile(contentsOf: Self.fixtures.appendingPathComponent("linear.safetensors"))
            let layer = try linear(0)
            try layer.load(from: file)
            #expect(try numbers(layer) == [[0, 0.5, 1, 1.5, 2, 2.5], [-1, 1]])
            #expect(file.metadata == ["made by": "python"])
        }

        @Test("Tensors of all types that the Python package wrote are read")
        func pythonTypes() throws {
            let file = try SafetensorsFile(contentsOf: Self.fixtures.appendingPathComponent("types.safetensors"))
            #expect(Set(file.names) == Set(ElementType.allCases.map(\.rawValue) + ["scalar", "empty"]))
            for type in ElementType.allCases {
                let tensor = try Tensor.read(type.rawValue, from: file)
                #expect(tensor.type == type)
                #expect(try tensor.floats() == [0, 1, 1])
            }
            #expect(try Tensor.read("scalar", from: file).scalar() == 2.5)
            #expect(try Tensor.read("empty", from: file).shape == [2, 0])
        }
    }
}
