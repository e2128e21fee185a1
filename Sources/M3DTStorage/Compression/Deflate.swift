import CZlib

/// Compression and checksums by zlib.
enum Deflate {
    /// Compresses bytes as hard as zlib can, with zlib's own header and checksum.
    static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        let result = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            let status = compress2(buffer.baseAddress, &count, bytes, uLong(bytes.count), Z_BEST_COMPRESSION)
            precondition(status == Z_OK, "zlib has no memory to compress \(bytes.count) bytes")
            initialized = Int(count)
        }
        return result
    }

    /// Decompresses a raw stream (without header) that holds exactly `count` bytes, or returns nil.
    static func decompressed(_ source: UnsafeRawBufferPointer, count: Int) -> [UInt8]? {
        // No byte of the format stands for more than 1032 bytes; one more in the buffer shows a stream that goes on.
        guard source.count <= UInt32.max, count < UInt32.max, count / 1032 <= source.count else { return nil }
        var stream = z_stream()
        let version = zlibVersion()
        guard inflateInit2_(&stream, -MAX_WBITS, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
            stream.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = uInt(source.count)
            stream.next_out = buffer.baseAddress
            stream.avail_out = uInt(count + 1)
            let status = inflate(&stream, Z_FINISH)
            initialized = Int(stream.total_out)
            isWhole = status == Z_STREAM_END && initialized == count && stream.avail_in == 0
        }
        return isWhole ? result : nil
    }

    /// The CRC-32 of bytes, as zip and PNG files use it; `earlier` is that of the bytes before them.
    static func checksum(_ bytes: UnsafeRawBufferPointer, after earlier: UInt32 = 0) -> UInt32 {
        UInt32(crc32_z(uLong(earlier), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}
