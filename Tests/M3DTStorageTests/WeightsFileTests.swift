import Foundation
import Testing

@testable import M3DTStorage

@Suite("Files of weights in either format")
struct WeightsFileTests {
    @Test("An archive of PyTorch gives its tensors, whatever it is called")
    func archive() throws {
        let folder = try TemporaryFolder()
        let copy = try folder.file("moe", holding: Data(contentsOf: Fixtures.pyTorch("protocol_2")))
        let file = try WeightsFile(contentsOf: copy)
        let entry = try #require(file.entries["contiguous"])
        #expect(entry == WeightsEntry(type: .float32, shape: [2, 3, 4]) && entry.count == 24)
        #expect(try file.withUnsafeBytes(of: "contiguous") { [Float](copying: $0) } == (0..<24).map(Float.init))
        let unknown = StorageError.unknownTensor(name: "contigous", path: copy.path, nearest: "contiguous")
        #expect(throws: unknown) { try file.withUnsafeBytes(of: "contigous") { _ in } }
    }

    @Test("A safetensors file gives its tensors, whatever it is called", arguments: ["w.safetensors", "weights.bin"])
    func safetensors(name: String) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appendingPathComponent(name)
        let tensor = SafetensorsTensor(name: "a.b", shape: [2, 1], values: [Float(3), 4])
        try SafetensorsWriter.write(to: url, tensors: [tensor])
        let file = try WeightsFile(contentsOf: url)
        #expect(file.entries == ["a.b": WeightsEntry(type: .float32, shape: [2, 1])])
        #expect(try file.withUnsafeBytes(of: "a.b") { [Float](copying: $0) } == [3, 4])
        #expect(throws: StorageError.self) { try file.withUnsafeBytes(of: "c") { _ in } }
    }

    @Test("What is neither is refused as what it claims to be")
    func neither() throws {
        let folder = try TemporaryFolder()
        let text = Data("these are no weights at all".utf8)
        let (loose, named) = (try folder.file("w", holding: text), try folder.file("w.safetensors", holding: text))
        #expect(throws: StorageError.malformedArchive(path: loose.path, problem: .notAnArchive)) {
            try WeightsFile(contentsOf: loose)
        }
        #expect(throws: StorageError.self) { try WeightsFile(contentsOf: named) }
        #expect(throws: StorageError.notAFile(path: folder.url.path)) { try WeightsFile(contentsOf: folder.url) }
        let missing = folder.url.appendingPathComponent("nowhere")
        #expect(throws: StorageError.missingFile(path: missing.path)) { try WeightsFile(contentsOf: missing) }
    }
}
