import Foundation

/// Reads the JSON of a safetensors header: objects, strings, arrays of integers, and nothing else.
///
/// Foundation's parser accepts a key that is there twice, so this one reads the text itself.
struct HeaderScanner {
    private let bytes: [UInt8]
    private var position = 0

    /// Takes the text of a header.
    ///
    /// - Throws: ``SafetensorsProblem/notUTF8``.
    init(_ text: UnsafeRawBufferPointer) throws {
        bytes = Array(text)
        guard String(bytes: bytes, encoding: .utf8) != nil else { throw SafetensorsProblem.notUTF8 }
    }

    // MARK: The parts of a header

    /// Reads the object of free texts.
    mutating func metadata() throws -> [String: String] {
        var result: [String: String] = [:]
        try object { scanner, key in
            if result.updateValue(try scanner.string(), forKey: key) != nil {
                throw SafetensorsProblem.duplicateKey(key)
            }
        }
        return result
    }

    /// Reads the object that describes a tensor.
    mutating func tensorFields(of tensor: String) throws -> SafetensorsFields {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try object { scanner, field in
            switch field {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.offsets()
            case "dtype", "shape", "data_offsets": throw SafetensorsProblem.duplicateKey(field)
            default: throw SafetensorsProblem.unknownField(tensor: tensor, field: field)
            }
        }
        guard let type else { throw SafetensorsProblem.missingField(tensor: tensor, field: "dtype") }
        guard let shape else { throw SafetensorsProblem.missingField(tensor: tensor, field: "shape") }
        guard let offsets else { throw SafetensorsProblem.missingField(tensor: tensor, field: "data_offsets") }
        return SafetensorsFields(type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private mutating func offsets() throws -> [Int] {
        let start = position
        let values = try integers()
        guard values.count == 2 else {
            throw SafetensorsProblem.unexpectedText(expected: "two offsets", offset: start)
        }
        return values
    }

    // MARK: The parts of JSON

    /// Reads an object, leaving the value of each key to a closure.
    mutating func object(_ member: (inout HeaderScanner, String) throws -> Void) throws {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    /// Checks that nothing but spaces is left.
    mutating func end() throws {
        skipSpaces()
        if position < bytes.count { throw unexpected("the end of the text") }
    }

    private mutating func integers() throws -> [Int] {
        try expect("[")
        if take("]") { return [] }
        var result: [Int] = []
        repeat { result.append(try integer()) } while take(",")
        try expect("]")
        return result
    }

    private mutating func integer() throws -> Int {
        skipSpaces()
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // Converting back tells a leading zero, a lone or a superfluous sign.
        guard let value = Int(text), String(value) == text else {
            position = start
            throw unexpected("an integer that fits 64 bits")
        }
        return value
    }

    private mutating func string() throws -> String {
        try expect("\"")
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result.append(contentsOf: try escaped())
            case 0..<0x20:
                position -= 1
                throw unexpected("an escaped control character")
            default: result.append(byte)
            }
        }
        throw unexpected("the end of a string")
    }

    private mutating func escaped() throws -> [UInt8] {
        guard position < bytes.count else { throw unexpected("an escaped character") }
        position += 1
        switch bytes[position - 1] {
        case UInt8(ascii: "\""): return [0x22]
        case UInt8(ascii: "\\"): return [0x5C]
        case UInt8(ascii: "/"): return [0x2F]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try escapedScalar()
        default:
            position -= 1
            throw unexpected("a known escaped character")
        }
    }

    /// Reads the digits of `\uXXXX`, and of the second half of a pair of surrogates.
    private mutating func escapedScalar() throws -> [UInt8] {
        let first = try codeUnit()
        var units = [first]
        if UTF16.isLeadSurrogate(first), position + 1 < bytes.count, bytes[position] == 0x5C,
            bytes[position + 1] == 0x75
        {
            position += 2
            units.append(try codeUnit())
        }
        var decoder = UTF16()
        var iterator = units.makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator), UTF16.width(scalar) == units.count else {
            throw unexpected("a whole pair of surrogates")
        }
        return Array(String(scalar).utf8)
    }

    private mutating func codeUnit() throws -> UInt16 {
        guard position + 4 <= bytes.count else { throw unexpected("four hexadecimal digits") }
        let digits = bytes[position..<(position + 4)]
        guard digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw unexpected("four hexadecimal digits") }
        position += 4
        return unit
    }

    private mutating func skipSpaces() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        if !take(character) { throw unexpected("“\(character)”") }
    }

    private func unexpected(_ expected: String) -> SafetensorsProblem {
        .unexpectedText(expected: expected, offset: position)
    }
}
