import Foundation
import M3DTStorage
import Testing

@Suite("Safetensors writer")
struct SafetensorsWriterTests {
    @Test("What is written is read back")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("weights.safetensors")
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
}
