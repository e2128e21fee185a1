import Foundation
import Testing

@testable import M3DTStorage

@Suite("Atomic folder")
struct AtomicFolderTests {
    struct Stop: Error {}

    /// Replaces a folder by one with two files of the same text, one of them in a folder of its own.
    static func write(_ text: String, to url: URL) throws {
        try AtomicFolder.write(to: url) { folder in try fill(folder, with: text) }
    }

    static func fill(_ folder: URL, with text: String) throws {
        try AtomicFile.write(text, to: folder.appendingPathComponent("first"))
        let inner = folder.appendingPathComponent("inner")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        try AtomicFile.write(text, to: inner.appendingPathComponent("second"))
    }

    static func read(_ url: URL) throws -> [String] {
        try ["first", "inner/second"].map { try String(contentsOf: url.appendingPathComponent($0), encoding: .utf8) }
    }

    @Test("A folder is made and replaced, and nothing is left beside it")
    func replacing() throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("old", to: url)
        _ = try folder.file("checkpoint/extra", holding: [1])
        try Self.write("new", to: url)
        #expect(try Self.read(url) == ["new", "new"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == ["first", "inner"])
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("If making the new folder fails, the old one stays and nothing is left beside it")
    func failing() throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("old", to: url)
        #expect(throws: Stop.self) {
            try AtomicFolder.write(to: url) { new in
                try Self.fill(new, with: "new")
                throw Stop()
            }
        }
        #expect(try Self.read(url) == ["old", "old"])
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("Where names cannot be exchanged the old folder is set aside", arguments: [EINVAL, ENOSYS, ENOTSUP])
    func withoutExchange(code: Int32) throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("old", to: url)
        try AtomicFolder.write(to: url, exchange: { _, _ in code }) { try Self.fill($0, with: "new") }
        #expect(try Self.read(url) == ["new", "new"])
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("Another failure of the exchange is an error and changes nothing")
    func exchangeFails() throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("old", to: url)
        #expect(throws: StorageError.notPermitted(path: url.path)) {
            try AtomicFolder.write(to: url, exchange: { _, _ in EACCES }) { try Self.fill($0, with: "new") }
        }
        #expect(try Self.read(url) == ["old", "old"])
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("A folder that was set aside is brought back, or removed if its successor is there")
    func recovering() throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("old", to: url)
        try FileManager.default.moveItem(at: url, to: folder[".checkpoint.previous"])
        try AtomicFolder.recover(url)
        #expect(try Self.read(url) == ["old", "old"])
        try Self.write("older", to: folder[".checkpoint.previous"])
        try AtomicFolder.recover(url)
        #expect(try Self.read(url) == ["old", "old"])
        #expect(try folder.names == ["checkpoint"])
        try AtomicFolder.recover(folder["never written"])
    }

    @Test("A file in place of the folder is an error and stays")
    func fileInPlace() throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("checkpoint", holding: [7])
        #expect(throws: StorageError.notAFolder(path: url.path)) { try Self.write("new", to: url) }
        #expect(try Data(contentsOf: url) == Data([7]))
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("What a killed process left is removed")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        try Self.fill(
            {
                let left = folder[".checkpoint.4242-7.partial"]
                try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
                return left
            }(), with: "half")
        try Self.write("new", to: folder["checkpoint"])
        #expect(try folder.names == ["checkpoint"])
    }

    @Test("A reader finds a whole folder at every moment")
    func concurrentReader() async throws {
        let folder = try TemporaryFolder()
        let url = folder["checkpoint"]
        try Self.write("0", to: url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...30 { try Self.write("\(number)", to: url) }
            }
            group.addTask {
                for _ in 0..<300 { #expect(FileManager.default.fileExists(atPath: url.path + "/inner/second")) }
            }
            try await group.waitForAll()
        }
        #expect(try Self.read(url) == ["30", "30"])
        #expect(try folder.names == ["checkpoint"])
    }
}
