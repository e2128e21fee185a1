import Foundation
import M3DTStorage
import Testing

@Suite("Safetensors writer")
struct SafetensorsWriterTests {
    @Test("What is written is read back")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let url = folder["weights.safetensors"]
        try SafetensorsWriter.write(
            to: url, metadata: ["z": "line\nbreak", "a": "“ä” \\ \""],
            tensors: [
                SafetensorsTensor(name: "second", shape: [2, 2], values: [1, 2, 3, -4] as [Float]),
                SafetensorsTensor(name: "bytes", shape: [3], values: [7, 8, 9] as [UInt8]),
                SafetensorsTensor(name: "after odd bytes", shape: [], values: [Int64.min]),
                SafetensorsTensor(name: "empty", shape: [0, 5], values: [] as [Double]),
            ])
        let file = try SafetensorsFile(contentsOf: url)
        #expect(file.metadata == ["z": "line\nbreak", "a": "“ä” \\ \""])
        #expect(file.names == ["second", "bytes", "after odd bytes", "empty"])
        #expect(try file.array("second", as: Float.self) == [1, 2, 3, -4])
        #expect(try file.array("bytes", as: UInt8.self) == [7, 8, 9])
        #expect(try file.array("after odd bytes", as: Int64.self) == [Int64.min])
        #expect(try file.array("empty", as: Double.self) == [])
        #expect(try file.entry("second").byteRange.lowerBound % SafetensorsWriter.alignment == 0)
        #expect(try folder.names == ["weights.safetensors"])
    }

    @Test("The bytes are the same every time, down to the header")
    func exactBytes() throws {
        let folder = try TemporaryFolder()
        let url = folder["x"]
        for _ in 0..<3 {
            try SafetensorsWriter.write(
                to: url, metadata: ["b": "2", "a": "1\u{1}"],
                tensors: [
                    SafetensorsTensor(name: "z", shape: [1], values: [5] as [UInt8]),
                    SafetensorsTensor(name: "a\"", shape: [2, 1], values: [-1, 2] as [Int16]),
                ])
            let text =
                #"{"__metadata__":{"a":"1\u0001","b":"2"},"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                + #""a\"":{"dtype":"I16","shape":[2,1],"data_offsets":[1,5]}}"#
            let header = Array(text.utf8) + [UInt8](repeating: 0x20, count: 184 - text.utf8.count)
            #expect(try Array(Data(contentsOf: url)) == safetensors(header, dataCount: 0) + [5, 0xFF, 0xFF, 2, 0])
        }
    }

    @Test("No tensors and no metadata make the smallest file")
    func nothing() throws {
        let folder = try TemporaryFolder()
        let url = folder["x"]
        try SafetensorsWriter.write(to: url, tensors: [])
        let file = try SafetensorsFile(contentsOf: url)
        #expect(file.names.isEmpty && file.metadata.isEmpty)
        #expect(try Data(contentsOf: url).count == 64)
    }

    @Test("A tensor may be given in pieces")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let url = folder["x"]
        let tensor = SafetensorsTensor(name: "w", type: .int32, shape: [1000, 100]) { sink in
            for row in 0..<1000 as Range<Int32> {
                try [Int32](repeating: row, count: 100).withUnsafeBytes { try sink.write($0) }
            }
        }
        try SafetensorsWriter.write(to: url, tensors: [tensor])
        let values = try SafetensorsFile(contentsOf: url).array("w", as: Int32.self)
        #expect(values == (0..<100_000).map { Int32($0 / 100) })
    }

    @Test("Tensors that cannot be written are errors, and the old file stays")
    func impossibleTensors() throws {
        func tensor(_ name: String, shape: [Int], count: Int) -> SafetensorsTensor {
            SafetensorsTensor(name: name, shape: shape, values: [Float](repeating: 0, count: count))
        }
        let cases: [(tensors: [SafetensorsTensor], problem: SafetensorsProblem)] = [
            ([tensor("w", shape: [2], count: 1)], .sizeMismatch(tensor: "w", needed: 8, given: 4)),
            ([tensor("w", shape: [2], count: 3)], .sizeMismatch(tensor: "w", needed: 8, given: 12)),
            ([tensor("w", shape: [-1], count: 1)], .impossibleShape(tensor: "w", shape: [-1])),
            ([tensor("w", shape: [1 << 62], count: 1)], .impossibleShape(tensor: "w", shape: [1 << 62])),
            (
                [tensor("v", shape: [1 << 60], count: 1), tensor("w", shape: [1 << 60], count: 1)],
                .impossibleShape(tensor: "w", shape: [1 << 60])
            ),
            ([tensor("w", shape: [1], count: 1), tensor("w", shape: [1], count: 1)], .duplicateKey("w")),
            ([tensor("__metadata__", shape: [1], count: 1)], .reservedName("__metadata__")),
        ]
        let folder = try TemporaryFolder()
        let url = try folder.file("x", holding: [1])
        for (tensors, problem) in cases {
            #expect(throws: StorageError.unwritableSafetensors(path: url.path, problem: problem)) {
                try SafetensorsWriter.write(to: url, tensors: tensors)
            }
        }
        #expect(try Data(contentsOf: url) == Data([1]))
        #expect(try folder.names == ["x"])
    }
}
