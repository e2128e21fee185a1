import Foundation
import M3DTStorage
import Testing

/// A file made of a header as text and a number of data bytes.
func safetensors(_ header: String, dataCount: Int = 24) -> [UInt8] {
    safetensors(Array(header.utf8), dataCount: dataCount)
}

func safetensors(_ header: [UInt8], dataCount: Int = 24) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        + [UInt8](repeating: 0, count: dataCount)
}

@Suite("Safetensors reader")
struct SafetensorsFileTests {
    /// Two tensors in 24 bytes.
    static let good =
        #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"#
        + #""b":{"dtype":"I64","shape":[],"data_offsets":[16,24]}}"#

    static func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        let folder = try TemporaryFolder()
        return try SafetensorsFile(contentsOf: folder.file("x", holding: bytes))
    }

    /// The problem that a file with the given bytes has, or nil if it is good.
    static func problem(_ bytes: [UInt8]) throws -> SafetensorsProblem? {
        do {
            _ = try open(bytes)
            return nil
        } catch StorageError.malformedSafetensors(_, let problem) {
            return problem
        }
    }

    @Test(
        "All that the format allows is read",
        arguments: [
            good, good + "   ", "{ }\n\t",
            good.replacingOccurrences(of: ":", with: " :\t").replacingOccurrences(of: ",", with: "\n,  "),
        ])
    func allowed(header: String) throws {
        let file = try Self.open(safetensors(header, dataCount: header.contains("F32") ? 24 : 0))
        guard header.contains("F32") else { return #expect(file.names.isEmpty) }
        #expect(file.metadata == ["k": "v"])
        #expect(file.names == ["a", "b"])
        #expect(file.entries["a"]?.shape == [2, 2])
        #expect(file.entries["a"]?.count == 4)
        #expect(file.entries["b"]?.type == .int64)
        #expect(file.entries["b"]?.byteRange.count == 8)
    }

    @Test("Names may be escaped, and tensors may stand in any order")
    func escapes() throws {
        let header =
            #"{"\"\\\/\b\f\n\r\t\u00e4\uD83D\uDE00":{"data_offsets":[4,6],"shape":[2],"dtype":"U8"},"#
            + #""ä😀":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}"#
        let file = try Self.open(safetensors(header, dataCount: 6))
        #expect(file.names == ["\"\\/\u{8}\u{c}\n\r\tä😀", "ä😀"])
    }

    @Test("An unknown tensor is an error with the nearest name")
    func unknownTensor() throws {
        let folder = try TemporaryFolder()
        let url = folder["x"]
        try SafetensorsWriter.write(
            to: url, tensors: [SafetensorsTensor(name: "transformer.ln_f.bias", shape: [1], values: [1] as [Float])])
        let file = try SafetensorsFile(contentsOf: url)
        let error = StorageError.unknownTensor(
            name: "transformer.lnf.bias", path: url.path, nearest: "transformer.ln_f.bias")
        #expect(throws: error) { try file.entry("transformer.lnf.bias") }
        #expect(throws: error) { try file.array("transformer.lnf.bias", as: Float.self) }
        #expect(throws: error) { try file.withUnsafeBytes(of: "transformer.lnf.bias") { $0.count } }
    }

    @Test("A tensor is not read as another type")
    func otherType() throws {
        let file = try Self.open(safetensors(Self.good))
        let error = StorageError.otherElementType(name: "a", path: file.url.path, stored: .float32, requested: .float64)
        #expect(throws: error) { try file.array("a", as: Double.self) }
    }

    @Test("A missing and an empty file are errors")
    func noContents() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StorageError.missingFile(path: folder["x"].path)) {
            try SafetensorsFile(contentsOf: folder["x"])
        }
        let empty = try folder.file("empty", holding: [])
        #expect(throws: StorageError.emptyFile(path: empty.path)) { try SafetensorsFile(contentsOf: empty) }
    }
}
