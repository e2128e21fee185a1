import Foundation

/// Bytes that are read as little-endian integers, never past their end.
struct BoundedBytes {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count }

    /// The integer at an offset, or nil where the bytes do not reach.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Integer.Type) -> Integer? {
        guard let part = part(at: offset, count: MemoryLayout<Integer>.size) else { return nil }
        return Integer(littleEndian: part.loadUnaligned(as: Integer.self))
    }

    /// Some of the bytes, or nil where they do not reach.
    func part(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }

    /// Text in UTF-8, or nil where the bytes do not reach or are not UTF-8.
    func text(at offset: Int, count: Int) -> String? {
        part(at: offset, count: count).flatMap { String(bytes: $0, encoding: .utf8) }
    }
}
