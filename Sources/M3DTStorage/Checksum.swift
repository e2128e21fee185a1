import Foundation

/// CRC-32 checksums, as zip and PNG files use them, in eight lower-case hexadecimal digits.
///
/// They find files that a disk, a copy or an editor has changed. They do not withstand somebody who wants to deceive.
public enum Checksum {
    /// The checksum of bytes in memory.
    public static func crc32(of bytes: some ContiguousBytes) -> String {
        hexadecimal(bytes.withUnsafeBytes { Deflate.checksum($0) })
    }

    /// The checksum of a file, read a piece at a time; an empty file has one too.
    ///
    /// - Throws: ``StorageError`` if the file is missing or cannot be read.
    public static func crc32(ofFile url: URL) throws -> String {
        let descriptor = try Descriptor(reading: url.path)
        var checksum: UInt32 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = try descriptor.read(into: &buffer), count > 0 {
            checksum = buffer.withUnsafeBytes {
                Deflate.checksum(UnsafeRawBufferPointer(rebasing: $0[..<count]), after: checksum)
            }
        }
        return hexadecimal(checksum)
    }

    private static func hexadecimal(_ checksum: UInt32) -> String {
        let digits = String(checksum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
