import Foundation

@testable import M3DTReports

/// Makes small PNG pictures without compression.
enum SamplePicture {
    /// A picture with a soft gradient, different for every seed.
    static func png(width: Int = 8, height: Int = 6, seed: Int = 0) throws -> PNGPicture {
        var rows = Data()
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width {
                rows.append(UInt8(x * 255 / width))
                rows.append(UInt8(y * 255 / height))
                rows.append(UInt8((seed * 83 + x * y / 8) % 256))
            }
        }
        var header = bigEndian(UInt32(width)) + bigEndian(UInt32(height))
        header += Data([8, 2, 0, 0, 0])
        let bytes =
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + chunk("IHDR", header)
            + chunk("IDAT", stored(rows)) + chunk("IEND", Data())
        return try PNGPicture(bytes, name: "sample")
    }

    /// A zlib stream of stored blocks.
    private static func stored(_ data: Data) -> Data {
        var stream = Data([0x78, 0x01])
        let bytes = [UInt8](data)
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let count = UInt16(block.count)
            stream.append(start + block.count == bytes.count ? 1 : 0)
            stream += [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
            stream += block
        }
        let (a, b) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
            let a = (sums.0 + UInt32(byte)) % 65_521
            return (a, (sums.1 + a) % 65_521)
        }
        return stream + bigEndian(b << 16 | a)
    }

    private static func chunk(_ name: String, _ data: Data) -> Data {
        let body = Data(name.utf8) + data
        let checksum = ~body.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return bigEndian(UInt32(data.count)) + body + bigEndian(checksum)
    }

    private static func bigEndian(_ value: UInt32) -> Data {
        withUnsafeBytes(of: value.bigEndian) { Data($0) }
    }
}
