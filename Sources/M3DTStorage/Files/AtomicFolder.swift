import Foundation

/// Writes a folder so that at every moment either the old or the whole new contents are there.
///
/// The new folder is made beside the target and reaches the disk; then the two names are exchanged in one step and the
/// old folder is removed. Where the file system cannot exchange names (NFS, for one), the old folder is set aside for a
/// moment; a process killed at that moment leaves no folder of the target's name, and ``recover(_:)`` brings it back.
public enum AtomicFolder {
    /// Exchanges two names and returns the error number, zero for success.
    typealias Exchange = (_ first: String, _ second: String) -> Int32

    /// Makes a folder, or replaces one with all that is in it, by what a closure puts into the folder it is given.
    ///
    /// - Throws: ``StorageError`` if the disk is full, the parent folder missing or read-only, the target not a folder;
    ///   whatever the closure throws. The old folder is then as it was, and nothing is left beside it.
    public static func write(to url: URL, _ body: (URL) throws -> Void) throws {
        try write(to: url, exchange: exchange, body)
    }

    /// Puts a folder back that was set aside when its replacement was cut short; does nothing if there is none.
    ///
    /// Call it before reading a folder that ``write(to:_:)`` may have been replacing.
    ///
    /// - Throws: ``StorageError`` if it cannot be renamed.
    public static func recover(_ url: URL) throws {
        let target = url.standardizedFileURL.path
        let aside = asidePath(of: target)
        guard FileManager.default.fileExists(atPath: aside) else { return }
        if FileManager.default.fileExists(atPath: target) {
            try? FileManager.default.removeItem(atPath: aside)
        } else {
            try move(aside, to: target)
        }
    }

    /// Does so with the given way to exchange two folders.
    ///
    /// - Throws: As ``write(to:_:)``.
    static func write(to url: URL, exchange: Exchange, _ body: (URL) throws -> Void) throws {
        let target = url.standardizedFileURL.path
        try recover(url)
        let partial = try Partial(for: target, kind: .folder)
        // After the exchange this removes the old folder.
        defer { try? FileManager.default.removeItem(atPath: partial.path) }
        try body(URL(fileURLWithPath: partial.path, isDirectory: true))
        try synchronize(partial.path)
        try replace(target, by: partial.path, exchange: exchange)
        try Descriptor.synchronizeFolder(of: target)
    }

    private static func replace(_ target: String, by new: String, exchange: Exchange) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: target, isDirectory: &isFolder) else {
            return try move(new, to: target)
        }
        guard isFolder.boolValue else { throw StorageError.notAFolder(path: target) }
        switch exchange(new, target) {
        case 0: return
        case EINVAL, ENOSYS, ENOTSUP: try setAside(target, for: new)
        case let code: throw StorageError.writing(target, operation: "replacing", code: code)
        }
    }

    private static func setAside(_ target: String, for new: String) throws {
        let aside = asidePath(of: target)
        try move(target, to: aside)
        do {
            try move(new, to: target)
        } catch {
            try move(aside, to: target)
            throw error
        }
        try? FileManager.default.removeItem(atPath: aside)
    }

    private static func move(_ source: String, to target: String) throws {
        guard rename(source, target) == 0 else { throw StorageError.writing(target, operation: "replacing") }
    }

    private static func asidePath(of target: String) -> String {
        let url = URL(fileURLWithPath: target)
        return url.deletingLastPathComponent().path + "/." + url.lastPathComponent + ".previous"
    }

    /// Waits until a folder and all that is in it are on the disk.
    private static func synchronize(_ folder: String) throws {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let descriptor = try Descriptor(reading: folder + "/" + name)
            try descriptor.synchronize()
        }
        try Descriptor(reading: folder).synchronize()
    }

    #if canImport(Darwin)
        private static func exchange(_ first: String, _ second: String) -> Int32 {
            renamex_np(first, second, UInt32(RENAME_SWAP)) == 0 ? 0 : errno
        }
    #else
        private typealias RenameAt2 =
            @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

        // The headers show renameat2 only to GNU C, so it is looked up by name.
        private static func exchange(_ first: String, _ second: String) -> Int32 {
            let renameExchange: UInt32 = 2
            guard let symbol = dlsym(nil, "renameat2") else { return ENOSYS }
            let renameAt2 = unsafeBitCast(symbol, to: RenameAt2.self)
            return renameAt2(AT_FDCWD, first, AT_FDCWD, second, renameExchange) == 0 ? 0 : errno
        }
    #endif
}
