import Foundation

/// A small file system of its own, which only the superuser can mount.
public final class SmallDisk {
    public let url: URL
    private let folder: TemporaryFolder

    /// Mounts it as `disk` in a folder. Nothing where mounting is not allowed; a test then says that it has tried nothing.
    ///
    /// - Throws: Where the superuser could not mount either.
    public init?(in folder: TemporaryFolder, kibibytes: Int) throws {
        self.folder = folder
        url = folder["disk"]
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        guard try run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", url.path) else {
            if geteuid() == 0 { throw CocoaError(.fileWriteNoPermission) }
            return nil
        }
    }

    deinit { _ = try? run("umount", "-l", url.path) }

    /// Something on the disk.
    public subscript(name: String) -> URL { url.appendingPathComponent(name) }

    /// The names of all that is on the disk, hidden ones too.
    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }

    /// - Throws: Where the program that does it cannot be started.
    public func resize(kibibytes: Int) throws -> Bool {
        try run("mount", "-o", "remount,size=\(kibibytes)k", url.path)
    }

    /// - Throws: Where the program that does it cannot be started.
    public func makeReadOnly() throws -> Bool { try run("mount", "-o", "remount,ro", url.path) }

    /// Fills it to the last byte.
    ///
    /// - Throws: Where no file can be made on it.
    public func fill() throws {
        let descriptor = open(self["filler"].path, O_WRONLY | O_CREAT, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
    }

    /// Files and folders that an interrupted writer left.
    ///
    /// - Throws: Where the disk cannot be looked through.
    public func partialFiles() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: url.path).filter { $0.contains(".partial") }
    }
}

/// Runs a program without output and returns whether it succeeded.
private func run(_ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
}
