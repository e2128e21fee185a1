import Foundation
import M3DTStorage
import Testing

@Suite("Checksum")
struct ChecksumTests {
    @Test(
        "The published answers",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func knownAnswers(text: String, expected: String) throws {
        #expect(Checksum.sha256(of: Array(text.utf8)) == expected)
        let folder = try TemporaryFolder()
        #expect(try Checksum.sha256(ofFile: folder.file("text", holding: text.utf8)) == expected)
    }

    @Test("A file of many pieces has the checksum of its bytes")
    func manyPieces() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<3_000_017).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let url = try folder.file("large", holding: bytes)
        #expect(try Checksum.sha256(ofFile: url) == Checksum.sha256(of: bytes))
    }

    @Test("A missing file and a folder are errors")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("missing")
        #expect(throws: StorageError.missingFile(path: missing.path)) { try Checksum.sha256(ofFile: missing) }
        #expect(throws: StorageError.notAFile(path: folder.url.path)) { try Checksum.sha256(ofFile: folder.url) }
    }
}
