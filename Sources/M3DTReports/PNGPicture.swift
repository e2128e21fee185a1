import Foundation

/// An encoded PNG picture and its size.
public struct PNGPicture: Sendable, Equatable {
    /// The encoded picture.
    public let bytes: Data
    /// Pixels.
    public let width: Int
    /// Pixels.
    public let height: Int

    /// Takes an encoded picture and reads its size from the header.
    ///
    /// - Parameter name: Names the picture in an error.
    /// - Throws: ``ReportError/notPNG(name:)``.
    public init(_ bytes: Data, name: String) throws {
        let head = [UInt8](bytes.prefix(24))
        guard head.count == 24, head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            head[12..<16].elementsEqual("IHDR".utf8)
        else { throw ReportError.notPNG(name: name) }
        func number(at start: Int) -> Int { head[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        self.bytes = bytes
        width = number(at: 16)
        height = number(at: 20)
    }

    /// Reads a picture from a file.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or is not a PNG picture.
    public init(contentsOf url: URL) throws {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: url)
        } catch {
            throw ReportError.file(path: url.path, operation: "read", reason: reason(of: error))
        }
        try self.init(bytes, name: url.path)
    }
}
