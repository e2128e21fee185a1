import Foundation
import Testing

@testable import M3DTStorage

@Suite("Zip archive")
struct ZipArchiveTests {
    static let whole = try? Data(contentsOf: Fixtures.pyTorch("protocol_2"))

    /// Opens a changed copy of a good archive.
    static func open(_ change: (inout Data) -> Void) throws -> ZipArchive {
        let folder = try TemporaryFolder()
        var data = try #require(whole)
        change(&data)
        return try ZipArchive(MappedFile(folder.file("x.zip", holding: data)))
    }

    @Test("All entries are listed and their contents read")
    func entries() throws {
        let archive = try Self.open { _ in }
        let names = ["data.pkl", "byteorder", "version"] + (0...8).map { "data/\($0)" }
        #expect(Set(archive.entries.keys) == Set(names.map { "protocol_2/" + $0 }))
        #expect(try archive.withContents(of: "protocol_2/version") { Array($0) } == Array("3\n".utf8))
        #expect(throws: ArchiveProblem.missingEntry("other")) { try archive.withContents(of: "other") { $0.count } }
    }

    @Test("A comment may follow, even one that looks like the end")
    func comment() throws {
        let comment = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 7, count: 40)
        let archive = try Self.open { data in
            data[data.count - 2] = UInt8(comment.count)
            data.append(contentsOf: comment)
        }
        #expect(archive.entries.count == 12)
    }

    @Test("Bytes before or after the archive are an error")
    func surroundings() {
        #expect(throws: ArchiveProblem.self) { try Self.open { $0.append(0) } }
        #expect(throws: ArchiveProblem.self) { try Self.open { $0.insert(0, at: 0) } }
    }

    @Test("What was deflated must fill its size exactly", arguments: [0, 1, 99, 101, 1000, 1 << 40])
    func deflatedSizes(count: Int) throws {
        let bytes = (0..<100).map { UInt8($0 / 10) }
        let stream = Array(Deflate.compressed(bytes).dropFirst(2).dropLast(4))
        #expect(stream.withUnsafeBytes { Deflate.decompressed($0, count: 100) } == bytes)
        #expect(stream.withUnsafeBytes { Deflate.decompressed($0, count: count) } == nil)
        #expect((stream + [0]).withUnsafeBytes { Deflate.decompressed($0, count: 100) } == nil)
        #expect(stream.dropLast().withUnsafeBytes { Deflate.decompressed($0, count: 100) } == nil)
    }

    @Test("The checksum is the published one")
    func checksum() {
        #expect(Array("123456789".utf8).withUnsafeBytes { Deflate.checksum($0) } == 0xCBF4_3926)
        #expect([UInt8]().withUnsafeBytes { Deflate.checksum($0) } == 0)
    }
}
