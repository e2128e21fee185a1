import Foundation

/// Where the new contents of a file are written, a piece at a time.
///
/// Small pieces are gathered, large ones go straight to the disk.
public final class FileSink {
    private let descriptor: Descriptor
    private var pending: [UInt8] = []
    private static let pendingLimit = 1 << 16

    /// The number of bytes written so far.
    public private(set) var count = 0

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    /// Adds bytes to the end of the file.
    ///
    /// - Throws: ``StorageError`` if the disk is full or fails.
    public func write(_ bytes: some ContiguousBytes) throws {
        try bytes.withUnsafeBytes { bytes in
            if pending.count + bytes.count > Self.pendingLimit { try flush() }
            if bytes.count > Self.pendingLimit {
                try descriptor.write(bytes)
            } else {
                pending.append(contentsOf: bytes)
            }
            count += bytes.count
        }
    }

    /// Adds text to the end of the file, as UTF-8.
    ///
    /// - Throws: ``StorageError`` if the disk is full or fails.
    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes what was gathered and waits until all of it is on the disk.
    func finish() throws {
        try flush()
        try descriptor.synchronize()
    }

    private func flush() throws {
        try pending.withUnsafeBytes { try descriptor.write($0) }
        pending.removeAll(keepingCapacity: true)
    }
}
