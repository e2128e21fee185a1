import Foundation

/// Builds a protobuf message field by field.
struct ProtobufMessage {
    private(set) var bytes = Data()

    /// Adds a whole number as a varint; negative numbers take ten bytes, as protobuf's `int64` does.
    mutating func add(_ field: Int, integer: Int64) {
        addVarint(UInt64(field) << 3)
        addVarint(UInt64(bitPattern: integer))
    }

    mutating func add(_ field: Int, double: Double) {
        addVarint(UInt64(field) << 3 | 1)
        addFixed(double.bitPattern)
    }

    mutating func add(_ field: Int, float: Float) {
        addVarint(UInt64(field) << 3 | 5)
        addFixed(float.bitPattern)
    }

    mutating func add(_ field: Int, data: Data) {
        addVarint(UInt64(field) << 3 | 2)
        addVarint(UInt64(data.count))
        bytes += data
    }

    mutating func add(_ field: Int, text: String) {
        add(field, data: Data(text.utf8))
    }

    /// Adds a message inside this one.
    mutating func add(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
        var inner = ProtobufMessage()
        build(&inner)
        add(field, data: inner.bytes)
    }

    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func addFixed(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
