import Foundation
import M3DTStorage
import Testing

@Suite("Malformed safetensors files")
struct MalformedSafetensorsTests {
    static func tensor(_ type: String, _ shape: String, _ offsets: String) -> String {
        #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
    }

    static func text(_ expected: String, _ offset: Int) -> SafetensorsProblem {
        .unexpectedText(expected: expected, offset: offset)
    }

    /// Headers before 24 bytes of data, and what is wrong with them.
    static let problems: [(header: String, problem: SafetensorsProblem)] = [
        ("", text("“{”", 0)),
        ("   ", text("“{”", 3)),
        ("[]", text("“{”", 0)),
        ("null", text("“{”", 0)),
        ("{", text("“\"”", 1)),
        ("{}", .trailingBytes(count: 24)),
        ("{}x", text("the end of the text", 2)),
        ("{}{}", text("the end of the text", 2)),
        ("{\"a", text("the end of a string", 3)),
        ("{\"a\"", text("“:”", 4)),
        ("{\"a\":1}", text("“{”", 5)),
        ("{a:1}", text("“\"”", 1)),
        ("{'a':1}", text("“\"”", 1)),
        ("{\"a\n\":1}", text("an escaped control character", 3)),
        ("{\"\\x\":1}", text("a known escaped character", 3)),
        ("{\"\\", text("an escaped character", 3)),
        ("{\"\\u12\":{}}", text("four hexadecimal digits", 4)),
        ("{\"\\u+123\":{}}", text("four hexadecimal digits", 4)),
        ("{\"\\ud800\":{}}", text("a whole pair of surrogates", 8)),
        ("{\"\\udc00\":{}}", text("a whole pair of surrogates", 8)),
        ("{\"\\ud800\\u0041\":{}}", text("a whole pair of surrogates", 14)),
        (#"{"__metadata__":[]}"#, text("“{”", 16)),
        (#"{"__metadata__":"x"}"#, text("“{”", 16)),
        (#"{"__metadata__":{"k":1}}"#, text("“\"”", 21)),
        (#"{"__metadata__":{"k":null}}"#, text("“\"”", 21)),
        (#"{"__metadata__":{"k":"1","k":"2"}}"#, .duplicateKey("k")),
        (#"{"__metadata__":{},"__metadata__":{}}"#, .duplicateKey("__metadata__")),
        (tensor("F32", "[6]", "[0,24]").replacingOccurrences(of: "}}", with: "},}"), text("“\"”", 55)),
        (tensor("F32", "[6]", "[0,24]").replacingOccurrences(of: "}}", with: ",}}"), text("“\"”", 54)),
        (tensor("F32", "[6],\"shape\":[6]", "[0,24]"), .duplicateKey("shape")),
        (tensor("F32", "[6],\"dtype\":\"F32\"", "[0,24]"), .duplicateKey("dtype")),
        (tensor("F32", "[6]", "[0,24],\"data_offsets\":[0,24]"), .duplicateKey("data_offsets")),
        (tensor("F32", "[6],\"scale\":[6]", "[0,24]"), .unknownField(tensor: "a", field: "scale")),
        (#"{"a":{}}"#, .missingField(tensor: "a", field: "dtype")),
        (#"{"a":{"dtype":"F32"}}"#, .missingField(tensor: "a", field: "shape")),
        (#"{"a":{"dtype":"F32","shape":[6]}}"#, .missingField(tensor: "a", field: "data_offsets")),
        (#"{"a":{"dtype":32}}"#, text("“\"”", 14)),
        (tensor("F31", "[6]", "[0,24]"), .unknownType(tensor: "a", type: "F31", nearest: "F32")),
        (tensor("f32", "[6]", "[0,24]"), .unknownType(tensor: "a", type: "f32", nearest: "F32")),
        (tensor("complex", "[6]", "[0,24]"), .unknownType(tensor: "a", type: "complex", nearest: nil)),
        (tensor("F32", "6", "[0,24]"), text("“[”", 28)),
        (tensor("F32", "[6.0]", "[0,24]"), text("“]”", 30)),
        (tensor("F32", "[6e0]", "[0,24]"), text("“]”", 30)),
        (tensor("F32", "[06]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[-0]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[+6]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[\"6\"]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[null]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[6,]", "[0,24]"), text("an integer that fits 64 bits", 31)),
        (tensor("F32", "[9223372036854775808]", "[0,24]"), text("an integer that fits 64 bits", 29)),
        (tensor("F32", "[-6]", "[0,24]"), .impossibleShape(tensor: "a", shape: [-6])),
        (tensor("F32", "[-2,-3]", "[0,24]"), .impossibleShape(tensor: "a", shape: [-2, -3])),
        (tensor("F32", "[4611686018427387904]", "[0,24]"), .impossibleShape(tensor: "a", shape: [1 << 62])),
        (
            tensor("F32", "[4294967296,4294967296]", "[0,24]"),
            .impossibleShape(tensor: "a", shape: [1 << 32, 1 << 32])
        ),
        (tensor("F32", "[5]", "[0,24]"), .sizeMismatch(tensor: "a", needed: 20, given: 24)),
        (tensor("F64", "[6]", "[0,24]"), .sizeMismatch(tensor: "a", needed: 48, given: 24)),
        (tensor("F32", "[0]", "[0,24]"), .sizeMismatch(tensor: "a", needed: 0, given: 24)),
        (tensor("F32", "[6]", "[0]"), text("two offsets", 47)),
        (tensor("F32", "[6]", "[0,12,24]"), text("two offsets", 47)),
        (tensor("F32", "[6]", "[]"), text("two offsets", 47)),
        (tensor("F32", "[6]", "[24,0]"), .offsetsOutOfRange(tensor: "a", begin: 24, end: 0, available: 24)),
        (tensor("F32", "[7]", "[0,28]"), .offsetsOutOfRange(tensor: "a", begin: 0, end: 28, available: 24)),
        (tensor("F32", "[7]", "[-4,24]"), .offsetsOutOfRange(tensor: "a", begin: -4, end: 24, available: 24)),
        (
            tensor("F32", "[1]", "[-9223372036854775808,9223372036854775807]"),
            .offsetsOutOfRange(tensor: "a", begin: .min, end: .max, available: 24)
        ),
        (tensor("F32", "[5]", "[0,20]"), .trailingBytes(count: 4)),
        (tensor("F32", "[5]", "[4,24]"), .gap(tensor: "a", begin: 4, previousEnd: 0)),
        (
            #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}"#,
            .overlap(tensor: "b", begin: 8, previousEnd: 12)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}}"#,
            .gap(tensor: "b", begin: 12, previousEnd: 8)
        ),
        (
            #"{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}"#,
            .duplicateKey("a")
        ),
        // The same name, once written as an escape.
        (
            #"{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"\u0061":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}"#,
            .duplicateKey("a")
        ),
    ]

    @Test("Every malformed header is an error that names what is wrong", arguments: problems)
    func named(header: String, problem: SafetensorsProblem) throws {
        #expect(try SafetensorsFileTests.problem(safetensors(header)) == problem)
    }

    @Test(
        "A length that does not fit the file is an error",
        arguments: [
            (Array(repeating: 0, count: 7), .truncatedHeader(needed: 8, available: 7)),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .truncatedHeader(needed: 3, available: 2)),
            (Array(repeating: 0xFF, count: 16), .headerTooLong(count: .max, limit: 100_000_000)),
            ([1, 0xE1, 0xF5, 5, 0, 0, 0, 0], .headerTooLong(count: 100_000_001, limit: 100_000_000)),
            ([0, 0xE1, 0xF5, 5, 0, 0, 0, 0], .truncatedHeader(needed: 100_000_000, available: 0)),
        ] as [([UInt8], SafetensorsProblem)])
    func lengths(bytes: [UInt8], problem: SafetensorsProblem) throws {
        #expect(try SafetensorsFileTests.problem(bytes) == problem)
    }

    @Test("A file cut or lengthened at any byte is an error")
    func otherLengths() throws {
        let whole = safetensors(SafetensorsFileTests.good)
        #expect(try SafetensorsFileTests.problem(whole) == nil)
        for count in 1..<whole.count {
            #expect(try SafetensorsFileTests.problem(Array(whole[..<count])) != nil, "\(count) bytes")
        }
        for extra in 1...9 {
            let longer = whole + [UInt8](repeating: 0, count: extra)
            #expect(try SafetensorsFileTests.problem(longer) == .trailingBytes(count: extra))
        }
    }

    @Test("A header without any one of its structural characters is an error")
    func missingCharacters() throws {
        let good = Array(SafetensorsFileTests.good.utf8)
        for place in good.indices where "{}[]\":,".utf8.contains(good[place]) {
            var header = good
            header.remove(at: place)
            #expect(try SafetensorsFileTests.problem(safetensors(header)) != nil, "without byte \(place)")
        }
    }

    @Test("A header with any other digit is an error")
    func otherDigits() throws {
        let good = Array(SafetensorsFileTests.good.utf8)
        for place in good.indices where (0x30...0x39).contains(good[place]) {
            for digit in (0x30...0x39) as ClosedRange<UInt8> where digit != good[place] {
                var header = good
                header[place] = digit
                #expect(try SafetensorsFileTests.problem(safetensors(header)) != nil, "\(digit) at byte \(place)")
            }
        }
    }

    @Test("Bytes that are not text are an error wherever they stand", arguments: [0xFF, 0xC0, 0x80, 0x00] as [UInt8])
    func foreignBytes(byte: UInt8) throws {
        let good = Array(SafetensorsFileTests.good.utf8)
        for place in 0...good.count {
            var header = good
            header.insert(byte, at: place)
            #expect(try SafetensorsFileTests.problem(safetensors(header)) != nil, "at byte \(place)")
        }
    }

    @Test("A header with any bit changed is read or refused, never a crash")
    func changedBits() throws {
        let whole = safetensors(SafetensorsFileTests.good)
        var accepted: Set<String> = []
        for place in 0..<(whole.count - 24) {
            for bit in 0..<8 {
                var changed = whole
                changed[place] ^= 1 << bit
                guard try SafetensorsFileTests.problem(changed) == nil else { continue }
                accepted.insert(String(decoding: changed[8..<(whole.count - 24)], as: UTF8.self))
            }
        }
        // Only what is free may change: the key and value of the metadata and the names of the tensors.
        for header in accepted {
            let kept = header.replacingOccurrences(
                of: #"\{"__metadata__":\{"[^"]":"[^"]"\},"[^"]":(.*),"[^"]":(.*)"#, with: "$1$2",
                options: .regularExpression)
            #expect(
                kept
                    == #"{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}{"dtype":"I64","shape":[],"data_offsets":[16,24]}}"#
            )
        }
        #expect(accepted.count > 10)
    }
}
