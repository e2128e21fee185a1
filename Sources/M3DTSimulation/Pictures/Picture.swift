import Foundation
import M3DTStorage

/// A picture of eight bits for each of red, green and blue, row by row from the top.
public struct Picture: Sendable, Hashable {
    public let width: Int
    public let height: Int
    public private(set) var rgb: [UInt8]

    public init(width: Int, height: Int, rgb: [UInt8]) {
        precondition(rgb.count == 3 * width * height, "a picture needs three bytes for each pixel")
        self.width = width
        self.height = height
        self.rgb = rgb
    }

    /// The picture as the contents of a PNG file.
    ///
    /// - Throws: A storage error where the size is impossible.
    public func png() throws -> Data { try PNGImage.encode(width: width, height: height, rgb: rgb) }

    /// Pictures of one size side by side and in rows, with white lines between them.
    ///
    /// - Parameters:
    ///   - columns: Pictures in a row; all in one row where it is nil.
    ///   - gap: Width of the lines in pixels.
    public static func strip(_ pictures: [Picture], columns: Int? = nil, gap: Int = 4) -> Picture {
        guard let first = pictures.first else { preconditionFailure("a strip needs a picture") }
        precondition(
            pictures.allSatisfy { $0.width == first.width && $0.height == first.height },
            "the pictures of a strip must be of one size")
        let columns = min(max(columns ?? pictures.count, 1), pictures.count)
        let rows = (pictures.count + columns - 1) / columns
        let width = columns * (first.width + gap) - gap
        let height = rows * (first.height + gap) - gap
        var rgb = [UInt8](repeating: 255, count: 3 * width * height)
        for (index, picture) in pictures.enumerated() {
            let left = index % columns * (first.width + gap)
            let top = index / columns * (first.height + gap)
            for row in 0..<first.height {
                let source = 3 * row * first.width
                let target = 3 * ((top + row) * width + left)
                rgb.replaceSubrange(
                    target..<target + 3 * first.width, with: picture.rgb[source..<source + 3 * first.width])
            }
        }
        return Picture(width: width, height: height, rgb: rgb)
    }
}
