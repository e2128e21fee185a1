import Foundation
import M3DTStorage
import Testing

@Suite("Checksum")
struct ChecksumTests {
    @Test(
        "The published answers",
        arguments: [
            ("", "00000000"),
            ("abc", "352441c2"), ("123456789", "cbf43926"),
        ])
    func knownAnswers(text: String, expected: String) throws {
        #expect(Checksum.crc32(of: Array(text.utf8)) == expected)
        let folder = try TemporaryFolder()
        #expect(try Checksum.crc32(ofFile: folder.file("text", holding: text.utf8)) == expected)
    }

    @Test("A file of many pieces has the checksum of its bytes")
    func manyPieces() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<3_000_017).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let url = try folder.file("large", holding: bytes)
        #expect(try Checksum.crc32(ofFile: url) == Checksum.crc32(of: bytes))
    }

    @Test("A missing file and a folder are errors")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let missing = folder["missing"]
        #expect(throws: StorageError.missingFile(path: missing.path)) { try Checksum.crc32(ofFile: missing) }
        #expect(throws: StorageError.notAFile(path: folder.url.path)) { try Checksum.crc32(ofFile: folder.url) }
    }
}
