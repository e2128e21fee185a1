import Foundation
import Testing

@testable import M3DTStorage

@Suite("Atomic file")
struct AtomicFileTests {
    struct Stop: Error {}

    @Test("A file is made and replaced, and nothing is left beside it")
    func replacing() throws {
        let folder = try TemporaryFolder()
        let url = folder["result.json"]
        try AtomicFile.write("first", to: url)
        #expect(try String(contentsOf: url, encoding: .utf8) == "first")
        try AtomicFile.write(Data("second".utf8), to: url)
        #expect(try String(contentsOf: url, encoding: .utf8) == "second")
        #expect(try folder.names == ["result.json"])
    }

    @Test("Pieces of every size come out in order")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let url = folder["pieces"]
        var expected: [UInt8] = []
        try AtomicFile.write(to: url) { sink in
            for (index, count) in [0, 1, 65_535, 1, 65_536, 65_537, 3, 200_000, 10].enumerated() {
                let piece = [UInt8](repeating: UInt8(index), count: count)
                try sink.write(piece)
                expected += piece
                #expect(sink.count == expected.count)
            }
        }
        #expect(try Data(contentsOf: url) == Data(expected))
    }

    @Test("If writing fails, the old file stays and nothing is left beside it")
    func failing() throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("result", holding: [1, 2, 3])
        #expect(throws: Stop.self) {
            try AtomicFile.write(to: url) { sink in
                try sink.write([UInt8](repeating: 0, count: 100_000))
                throw Stop()
            }
        }
        #expect(try Data(contentsOf: url) == Data([1, 2, 3]))
        #expect(try folder.names == ["result"])
    }

    @Test("Relative paths mean the current folder's files")
    func relativePath() throws {
        let name = "m3dt-\(UUID().uuidString)"
        defer { unlink(name) }
        try AtomicFile.write("here", to: URL(fileURLWithPath: name))
        #expect(FileManager.default.fileExists(atPath: FileManager.default.currentDirectoryPath + "/" + name))
    }

    @Test("A missing folder, a file in place of a folder and a folder in place of the file are errors")
    func wrongPlaces() throws {
        let folder = try TemporaryFolder()
        let missing = folder["missing"]
        #expect(throws: StorageError.missingFolder(path: missing.path)) {
            try AtomicFile.write("x", to: missing.appendingPathComponent("file"))
        }
        let file = try folder.file("file", holding: [1])
        #expect(throws: StorageError.notAFolder(path: file.path)) {
            try AtomicFile.write("x", to: file.appendingPathComponent("below"))
        }
        let inner = folder["inner"]
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        #expect(throws: StorageError.notAFile(path: inner.path)) { try AtomicFile.write("x", to: inner) }
        #expect(try folder.names == ["file", "inner"])
    }

    @Test("What a killed process left is removed, what a living one holds is not")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        let url = folder["result"]
        _ = try folder.file(".result.4242-7.partial", holding: [1])
        _ = try folder.file(".result.other.partial", holding: [1])
        _ = try folder.file(".result2.4242-7.partial", holding: [1])
        let held = try Partial(for: url.path, kind: .file)
        let heldName = URL(fileURLWithPath: held.path).lastPathComponent
        try AtomicFile.write("x", to: url)
        #expect(
            try Set(folder.names) == ["result", ".result.other.partial", ".result2.4242-7.partial", heldName])
        withExtendedLifetime(held) {}
    }

    @Test("An unfinished file is held until its process is killed")
    func killedProcess() throws {
        let folder = try TemporaryFolder()
        let url = folder["result"]
        let left = try folder.file(".result.1-1.partial", holding: [1])
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        holder.arguments = ["flock", "--no-fork", left.path, "sh", "-c", "echo held; exec sleep 60"]
        let output = Pipe()
        holder.standardOutput = output
        try holder.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        try AtomicFile.write("x", to: url)
        #expect(try folder.names == [".result.1-1.partial", "result"])
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        try AtomicFile.write("x", to: url)
        #expect(try folder.names == ["result"])
    }

    @Test("Many writers and a reader never see a part of a file")
    func concurrentWriters() async throws {
        let folder = try TemporaryFolder()
        let url = folder["shared"]
        try AtomicFile.write([UInt8](repeating: 0, count: 100_000), to: url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 as ClosedRange<UInt8> {
                group.addTask {
                    for _ in 0..<10 { try AtomicFile.write([UInt8](repeating: writer, count: 100_000), to: url) }
                }
            }
            group.addTask {
                for _ in 0..<100 {
                    let bytes = try Data(contentsOf: url)
                    #expect(bytes.count == 100_000 && Set(bytes).count == 1)
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.names == ["shared"])
    }

    @Test("Others may read the file as the user's mask allows")
    func permissions() throws {
        let folder = try TemporaryFolder()
        let url = folder["result"]
        try AtomicFile.write("x", to: url)
        _ = try folder.file("plain", holding: [1])
        let modes = try ["result", "plain"].map {
            try FileManager.default.attributesOfItem(atPath: folder.path($0))[.posixPermissions] as? Int
        }
        #expect(modes[0] == modes[1])
    }
}
