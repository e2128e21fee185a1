import Foundation
import Testing

@testable import M3DTStorage

@Suite("Disk failures")
struct DiskFailureTests {
    @Test("A device that is always full: the old file stays and nothing is left beside it", arguments: [10, 1 << 20])
    func fullDevice(count: Int) throws {
        let folder = try TemporaryFolder()
        let url = try folder.file("result", holding: [1, 2, 3])
        let partial = try Partial(for: url.path, kind: .file)
        let full = Descriptor(number: open("/dev/full", O_WRONLY | O_CLOEXEC), path: url.path)
        #expect(throws: StorageError.diskFull(path: url.path)) {
            try AtomicFile.finish(partial, target: url.path, writingTo: full) { sink in
                try sink.write([UInt8](repeating: 0, count: count))
            }
        }
        #expect(try Data(contentsOf: url) == Data([1, 2, 3]))
        #expect(try folder.names == ["result"])
    }

    @Test("A full disk: old files and folders stay and nothing is left beside them")
    func fullDisk() throws {
        guard let disk = try SmallDisk(in: TemporaryFolder(), kibibytes: 256) else { return Self.warnOfMount() }
        let url = disk["weights.safetensors"]
        let small = SafetensorsTensor(name: "w", shape: [100], values: [Float](repeating: 1, count: 100))
        let large = SafetensorsTensor(name: "w", shape: [100_000], values: [Float](repeating: 2, count: 100_000))
        try SafetensorsWriter.write(to: url, tensors: [small])
        #expect(throws: StorageError.diskFull(path: url.path)) {
            try SafetensorsWriter.write(to: url, tensors: [large])
        }
        let checkpoint = disk["checkpoint"]
        try AtomicFolderTests.write("old", to: checkpoint)
        let failure = #expect(throws: StorageError.self) {
            try AtomicFolder.write(to: checkpoint) { folder in
                try SafetensorsWriter.write(to: folder.appendingPathComponent("w"), tensors: [large])
            }
        }
        if case .diskFull = failure {} else { Issue.record("\(String(describing: failure)) is not a full disk") }
        #expect(try SafetensorsFile(contentsOf: url).array("w", as: Float.self) == [Float](repeating: 1, count: 100))
        #expect(try AtomicFolderTests.read(checkpoint) == ["old", "old"])
        #expect(try disk.names == ["checkpoint", "weights.safetensors"])
    }

    @Test("A read-only file system is an error and nothing on it changes")
    func readOnlyFileSystem() throws {
        guard let disk = try SmallDisk(in: TemporaryFolder(), kibibytes: 64) else { return Self.warnOfMount() }
        let url = disk["result"]
        try Data([1]).write(to: url)
        try #require(try disk.makeReadOnly())
        #expect(throws: StorageError.readOnly(path: url.path)) { try AtomicFile.write("x", to: url) }
        #expect(throws: StorageError.readOnly(path: url.path)) { try AtomicFolderTests.write("x", to: url) }
        #expect(try Data(contentsOf: url) == Data([1]))
    }

    /// Only some people may mount; on Linux nobody may write into the kernel's own folder, not even the superuser.
    @Test("A folder that may not be written to is an error")
    func forbiddenFolder() throws {
        #if os(Linux)
            let url = URL(fileURLWithPath: "/sys/m3dt")
        #else
            let folder = try TemporaryFolder()
            let url = folder["result"]
            chmod(folder.url.path, 0o555)
        #endif
        let refusals: [StorageError?] = [.notPermitted(path: url.path), .readOnly(path: url.path)]
        #expect(refusals.contains(#expect(throws: StorageError.self) { try AtomicFile.write("x", to: url) }))
        #expect(refusals.contains(#expect(throws: StorageError.self) { try AtomicFolderTests.write("x", to: url) }))
    }

    private static func warnOfMount() {
        Issue.record(
            "no right to mount a small file system: only a full device and a forbidden folder were tried",
            severity: .warning)
    }
}
