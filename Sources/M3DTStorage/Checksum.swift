import Crypto
import Foundation

/// SHA-256 checksums as lower-case hexadecimal text.
public enum Checksum {
    /// The checksum of bytes in memory.
    public static func sha256(of bytes: some ContiguousBytes) -> String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hexadecimal(hash.finalize())
    }

    /// The checksum of a file, read a piece at a time; an empty file has one too.
    ///
    /// - Throws: ``StorageError`` if the file is missing or cannot be read.
    public static func sha256(ofFile url: URL) throws -> String {
        let descriptor = try Descriptor(reading: url.path)
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = try descriptor.read(into: &buffer), count > 0 {
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return hexadecimal(hash.finalize())
    }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
