import Foundation
import M3DTStorage
import Testing

@Suite("Mapped file")
struct MappedFileTests {
    @Test("The bytes of the file are there, as a whole and in part")
    func bytes() throws {
        let folder = try TemporaryFolder()
        let file = try MappedFile(folder.file("bytes", holding: Array(10..<20)))
        #expect(file.count == 10)
        #expect(file.withUnsafeBytes { Array($0) } == Array(10..<20))
        #expect(file.withUnsafeBytes(in: 3..<5) { Array($0) } == [13, 14])
        #expect(file.withUnsafeBytes(in: 10..<10) { $0.count } == 0)
    }

    @Test("The old bytes stay while the file is replaced")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("bytes", holding: [1, 2, 3])
        let old = try MappedFile(url)
        try AtomicFile.write([4] as [UInt8], to: url)
        #expect(old.withUnsafeBytes { Array($0) } == [1, 2, 3])
        #expect(try MappedFile(url).withUnsafeBytes { Array($0) } == [4])
    }

    @Test("What is not a file with contents is an error")
    func errors() throws {
        let folder = try TemporaryFolder()
        let missing = folder["missing"]
        #expect(throws: StorageError.missingFile(path: missing.path)) { try MappedFile(missing) }
        let empty = try folder.file("empty", holding: [])
        #expect(throws: StorageError.emptyFile(path: empty.path)) { try MappedFile(empty) }
        #expect(throws: StorageError.notAFile(path: folder.url.path)) { try MappedFile(folder.url) }
        let below = empty.appendingPathComponent("below")
        #expect(throws: StorageError.missingFile(path: below.path)) { try MappedFile(below) }
        let device = URL(fileURLWithPath: "/dev/null")
        #expect(throws: StorageError.notAFile(path: "/dev/null")) { try MappedFile(device) }
    }

    @Test("Maps are given back")
    func unmapped() throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("bytes", holding: [1])
        // The system allows some 65 thousand maps at a time.
        for _ in 0..<70_000 { _ = try MappedFile(url) }
    }
}
