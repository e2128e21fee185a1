import Foundation

/// Writes a file so that at every moment either the old or the whole new contents are there.
///
/// The contents go to an unfinished file beside the target, reach the disk, and then take the target's name. If
/// anything fails, the unfinished file is removed and the target stays as it was. What a killed process leaves behind
/// is removed when the same target is next written.
public enum AtomicFile {
    /// Writes a file from the pieces that a closure gives.
    ///
    /// - Throws: ``StorageError`` if the disk is full, the folder missing or read-only; whatever the closure throws.
    public static func write(to url: URL, _ body: (FileSink) throws -> Void) throws {
        let path = url.standardizedFileURL.path
        let partial = try Partial(for: path, kind: .file)
        try finish(partial, target: path, writingTo: partial.descriptor, body)
    }

    /// Writes a file from bytes in memory.
    ///
    /// - Throws: ``StorageError`` if the disk is full, the folder missing or read-only.
    public static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
        try write(to: url) { try $0.write(bytes) }
    }

    /// Writes a file from text, as UTF-8.
    ///
    /// - Throws: ``StorageError`` if the disk is full, the folder missing or read-only.
    public static func write(_ text: String, to url: URL) throws {
        try write(to: url) { try $0.write(text) }
    }

    /// Fills an unfinished file by way of a descriptor and puts it in the place of the target.
    static func finish(
        _ partial: Partial, target: String, writingTo descriptor: Descriptor, _ body: (FileSink) throws -> Void
    ) throws {
        do {
            let sink = FileSink(descriptor)
            try body(sink)
            try sink.finish()
            guard rename(partial.path, target) == 0 else {
                throw StorageError.writing(target, operation: "replacing")
            }
        } catch {
            unlink(partial.path)
            throw error
        }
        try Descriptor.synchronizeFolder(of: target)
    }
}
