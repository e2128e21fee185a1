/// Packs numbers into the body of a frame, little-endian and without gaps.
public struct FrameWriter {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Appends four bytes.
    public mutating func append(_ number: UInt32) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }

    /// Appends eight bytes.
    public mutating func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }

    /// Appends a number in double precision.
    public mutating func append(_ number: Double) { append(number.bitPattern) }

    /// Appends numbers in double precision, one after another.
    public mutating func append(_ numbers: [Double]) { for number in numbers { append(number) } }

    /// Appends bytes as they are.
    public mutating func append(bytes more: [UInt8]) { bytes += more }
}

/// Takes numbers out of the body of a frame.
public struct FrameReader {
    private let bytes: [UInt8]
    private var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Everything was read.
    public var isAtEnd: Bool { position == bytes.count }

    /// The next byte.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func byte() throws -> UInt8 { try take(UInt8.self) }

    /// The next four bytes as a number.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func uint32() throws -> UInt32 { UInt32(littleEndian: try take(UInt32.self)) }

    /// The next number in double precision.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func double() throws -> Double {
        Double(bitPattern: UInt64(littleEndian: try take(UInt64.self)))
    }

    /// The next numbers in double precision.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func doubles(_ count: Int) throws -> [Double] {
        try check(count, of: 8)
        return try (0..<count).map { _ in try double() }
    }

    /// The next numbers in single precision.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func floats(_ count: Int) throws -> [Float] {
        try check(count, of: 4)
        return try (0..<count).map { _ in Float(bitPattern: try uint32()) }
    }

    /// The next bytes.
    ///
    /// - Throws: ``FrameTooShort``.
    public mutating func bytes(_ count: Int) throws -> [UInt8] {
        try check(count, of: 1)
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    private mutating func take<Number: BitwiseCopyable>(_ type: Number.Type) throws -> Number {
        try check(1, of: MemoryLayout<Number>.size)
        defer { position += MemoryLayout<Number>.size }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
    }

    private func check(_ count: Int, of size: Int) throws {
        guard count >= 0, count <= (bytes.count - position) / size else {
            let (wanted, isTooMuch) = max(count, 0).multipliedReportingOverflow(by: size)
            throw FrameTooShort(bytes: bytes.count, wanted: isTooMuch ? .max : position + wanted)
        }
    }
}

/// A body ends before the numbers that it is to hold.
public struct FrameTooShort: Error, Sendable, Hashable, CustomStringConvertible {
    public let bytes: Int
    public let wanted: Int

    public var description: String { "it has \(bytes) bytes, but \(wanted) are wanted" }
}
