import Foundation

/// A file whose bytes are read straight from the page cache.
///
/// The map lives as long as the object. Others must replace the file (as ``AtomicFile`` does), not shorten it in
/// place: reading past the new end of a shortened file ends the process.
// Sendable: nothing changes after the initialiser, and the mapped memory is read-only.
public final class MappedFile: @unchecked Sendable {
    public let url: URL
    private let bytes: UnsafeRawBufferPointer

    /// Maps a whole file.
    ///
    /// - Throws: ``StorageError`` if the file is missing, unreadable, empty or not a regular file.
    public init(_ url: URL) throws {
        let descriptor = try Descriptor(reading: url.path)
        let status = try descriptor.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw StorageError.notAFile(path: url.path) }
        guard status.st_size > 0 else { throw StorageError.emptyFile(path: url.path) }
        let count = Int(status.st_size)
        guard let start = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor.number, 0), start != MAP_FAILED else {
            throw StorageError.reading(url.path, operation: "mapping")
        }
        self.url = url
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// The size of the file in bytes.
    public var count: Int { bytes.count }

    /// Gives the bytes of the file to a closure, which must not let them escape.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes) }
    }

    /// Gives some of the bytes of the file to a closure, which must not let them escape.
    ///
    /// - Precondition: `range` lies inside the file.
    public func withUnsafeBytes<Result>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
