import Foundation

/// Reads event files by a way of its own: a bitwise checksum and a schema-less protobuf decoder.
struct EventFileReader {
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(Data)
    }

    struct Message {
        var fields: [(number: Int, value: Value)] = []

        func messages(_ number: Int) -> [Message] { bytes(number).compactMap(Message.init) }
        func strings(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }
        func message(_ number: Int) -> Message { messages(number).first ?? Message() }

        func bytes(_ number: Int) -> [Data] {
            fields.compactMap { if $0.number == number, case .bytes(let data) = $0.value { data } else { nil } }
        }

        func integer(_ number: Int) -> Int64? {
            fields.compactMap { field -> Int64? in
                guard field.number == number, case .varint(let value) = field.value else { return nil }
                return Int64(bitPattern: value)
            }.first
        }

        func float(_ number: Int) -> Float? {
            fields.compactMap { field -> Float? in
                guard field.number == number, case .fixed32(let value) = field.value else { return nil }
                return Float(bitPattern: value)
            }.first
        }

        func double(_ number: Int) -> Double? {
            fields.compactMap { field -> Double? in
                guard field.number == number, case .fixed64(let value) = field.value else { return nil }
                return Double(bitPattern: value)
            }.first
        }

        init() {}

        init?(_ data: Data) {
            var rest = [UInt8](data)[...]
            while !rest.isEmpty {
                guard let key = Self.varint(&rest) else { return nil }
                let number = Int(key >> 3)
                switch key & 7 {
                case 0:
                    guard let value = Self.varint(&rest) else { return nil }
                    fields.append((number, .varint(value)))
                case 1:
                    guard rest.count >= 8 else { return nil }
                    fields.append((number, .fixed64(littleEndian(rest.prefix(8)))))
                    rest = rest.dropFirst(8)
                case 2:
                    guard let count = Self.varint(&rest).map({ Int($0) }), rest.count >= count else { return nil }
                    fields.append((number, .bytes(Data(rest.prefix(count)))))
                    rest = rest.dropFirst(count)
                case 5:
                    guard rest.count >= 4 else { return nil }
                    fields.append((number, .fixed32(UInt32(littleEndian(rest.prefix(4))))))
                    rest = rest.dropFirst(4)
                default: return nil
                }
            }
        }

        private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 70, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
    }

    /// The records of a file; nil where a frame or a checksum is wrong.
    static func events(in data: Data) -> [Message]? {
        var rest = [UInt8](data)[...]
        var events: [Message] = []
        while !rest.isEmpty {
            guard rest.count >= 16 else { return nil }
            let length = Int(littleEndian(rest.prefix(8)))
            guard masked(rest.prefix(8)) == UInt32(littleEndian(rest.dropFirst(8).prefix(4))) else { return nil }
            rest = rest.dropFirst(12)
            guard rest.count >= length + 4 else { return nil }
            let body = rest.prefix(length)
            guard masked(body) == UInt32(littleEndian(rest.dropFirst(length).prefix(4))) else { return nil }
            guard let message = Message(Data(body)) else { return nil }
            events.append(message)
            rest = rest.dropFirst(length + 4)
        }
        return events
    }

    /// The checksum by polynomial division, bit by bit.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var remainder: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            for bit in 0..<8 {
                let feedback = (remainder ^ UInt32(byte >> bit)) & 1
                remainder >>= 1
                if feedback == 1 { remainder ^= 0x82F6_3B78 }
            }
        }
        return ~remainder
    }

    private static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = UInt64(checksum(bytes))
        return UInt32(truncatingIfNeeded: value << 17 | value >> 15) &+ 0xA282_EAD8
    }
}

private func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}
