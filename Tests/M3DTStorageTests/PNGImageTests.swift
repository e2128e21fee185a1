import Foundation
import Testing

@testable import M3DTStorage

@Suite("PNG image")
struct PNGImageTests {
    /// Pictures of a few kinds, each wide enough that every filter is of use somewhere.
    static func picture(_ kind: String, width: Int, height: Int) -> [UInt8] {
        var noise: UInt32 = 1
        return (0..<(width * height * 3)).map { place in
            let (row, column, colour) = (place / (width * 3), place / 3 % width, place % 3)
            switch kind {
            case "flat": return UInt8(40 * colour)
            case "slope": return UInt8(truncatingIfNeeded: row * 2 + column + colour)
            case "checks": return (row / 8 + column / 8).isMultiple(of: 2) ? 200 : 30
            case "mixed" where row < height / 2: return UInt8(truncatingIfNeeded: row * row + 3 * column)
            default:
                noise = noise &* 1_664_525 &+ 1_013_904_223
                return UInt8(noise >> 24)
            }
        }
    }

    @Test(
        "Every pixel is read back",
        arguments: ["flat", "slope", "checks", "mixed", "noise"], [(64, 48), (1, 1), (1, 7), (33, 1)])
    func roundTrip(kind: String, size: (width: Int, height: Int)) throws {
        let pixels = Self.picture(kind, width: size.width, height: size.height)
        let data = try PNGImage.encode(width: size.width, height: size.height, rgb: pixels)
        let decoded = try DecodedPNG(data)
        #expect(decoded.width == size.width && decoded.height == size.height)
        #expect(decoded.pixels == pixels)
    }

    @Test("Smooth and flat pictures become small, noise hardly grows")
    func sizes() throws {
        func share(_ kind: String) throws -> Double {
            let data = try PNGImage.encode(width: 200, height: 200, rgb: Self.picture(kind, width: 200, height: 200))
            return Double(data.count) / 120_000
        }
        #expect(try share("flat") < 0.01)
        #expect(try share("slope") < 0.01)
        #expect(try share("checks") < 0.01)
        #expect(try share("noise") < 1.01)
    }

    @Test("The same picture gives the same bytes")
    func deterministic() throws {
        let pixels = Self.picture("mixed", width: 50, height: 50)
        let first = try PNGImage.encode(width: 50, height: 50, rgb: pixels)
        #expect(try PNGImage.encode(width: 50, height: 50, rgb: pixels) == first)
    }

    @Test(
        "Sizes that do not fit are errors",
        arguments: [(0, 1, 0), (1, 0, 0), (-1, -1, 3), (2, 2, 11), (2, 2, 13), (Int.max, Int.max, 12), (1 << 31, 1, 3)])
    func wrongSizes(width: Int, height: Int, count: Int) {
        #expect(throws: StorageError.impossiblePicture(width: width, height: height, byteCount: count)) {
            try PNGImage.encode(width: width, height: height, rgb: [UInt8](repeating: 0, count: count))
        }
    }
}

/// Reads what ``PNGImage`` writes, and checks every checksum.
private struct DecodedPNG {
    let width: Int
    let height: Int
    private(set) var pixels: [UInt8] = []

    init(_ data: Data) throws {
        let bytes = [UInt8](data)
        try #require(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var chunks: [(kind: String, contents: [UInt8])] = []
        var place = 8
        while place < bytes.count {
            let count = Self.number(bytes, at: place)
            let body = Array(bytes[(place + 4)..<(place + 8 + count)])
            let checksum = Self.number(bytes, at: place + 8 + count)
            try #require(Int(body.withUnsafeBytes { Deflate.checksum($0) }) == checksum)
            chunks.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
            place += 12 + count
        }
        try #require(chunks.map(\.kind) == ["IHDR", "IDAT", "IEND"])
        width = Self.number(chunks[0].contents, at: 0)
        height = Self.number(chunks[0].contents, at: 4)
        try #require(Array(chunks[0].contents[8...]) == [8, 2, 0, 0, 0])

        // Two bytes of zlib's header before the stream, four of its checksum after it.
        let stream = Array(chunks[1].contents.dropFirst(2).dropLast(4))
        let rowCount = width * 3
        let rows = try #require(
            stream.withUnsafeBytes { Deflate.decompressed($0, count: (rowCount + 1) * height) })
        for row in 0..<height {
            let start = row * (rowCount + 1)
            let filter = try #require(PNGFilter(rawValue: rows[start]))
            for column in 0..<rowCount {
                let left = column >= 3 ? pixels[pixels.count - 3] : 0
                let up = row > 0 ? pixels[pixels.count - rowCount] : 0
                let corner = column >= 3 && row > 0 ? pixels[pixels.count - rowCount - 3] : 0
                pixels.append(rows[start + 1 + column] &+ filter.prediction(left: left, up: up, corner: corner))
            }
        }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
