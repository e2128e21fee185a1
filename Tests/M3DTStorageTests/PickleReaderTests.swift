import Testing

@testable import M3DTStorage

@Suite("Pickle reader")
struct PickleReaderTests {
    static func value(_ bytes: [UInt8]) throws -> PickleValue {
        try bytes.withUnsafeBytes { try PickleReader.value(of: $0) { _ in nil } }
    }

    static func text(_ text: String) -> [UInt8] { [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }

    /// Each is followed by the opcode that ends a pickle.
    static let values: [(pickle: [UInt8], value: PickleValue)] = [
        ([0x4E], .none), ([0x88], .bool(true)), ([0x89], .bool(false)),
        ([0x4B, 0xFF], .int(255)), ([0x4D, 0x34, 0x12], .int(0x1234)),
        ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], .int(-2)), ([0x4A, 0, 0, 0, 0x80], .int(-(1 << 31))),
        ([0x8A, 0], .int(0)), ([0x8A, 1, 0xFF], .int(-1)), ([0x8A, 2, 0xFF, 0], .int(255)),
        ([0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x80], .int(.min)),
        ([0x8A, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], .int(.max)),
        ([0x47, 0xC0, 0x04, 0, 0, 0, 0, 0, 0], .float(-2.5)),
        ([0x8C, 2, 0xC3, 0xA4], .string("ä")), ([0x58, 1, 0, 0, 0, 0x61], .string("a")),
        ([0x8D, 1, 0, 0, 0, 0, 0, 0, 0, 0x61], .string("a")),
        ([0x43, 1, 0xFF], .bytes([0xFF])), ([0x42, 1, 0, 0, 0, 0xFF], .bytes([0xFF])),
        ([0x8E, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF], .bytes([0xFF])), ([0x96, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF], .bytes([0xFF])),
        ([0x5D], .list([])), ([0x29], .tuple([])), ([0x7D], .dictionary([])),
        ([0x4E, 0x85], .tuple([.none])), ([0x88, 0x4E, 0x86], .tuple([.bool(true), .none])),
        ([0x88, 0x89, 0x4E, 0x87], .tuple([.bool(true), .bool(false), .none])),
        ([0x28, 0x74], .tuple([])), ([0x28, 0x4E, 0x4E, 0x74], .tuple([.none, .none])),
        ([0x5D, 0x4E, 0x61, 0x28, 0x88, 0x89, 0x65], .list([.none, .bool(true), .bool(false)])),
        (
            [0x7D, 0x4B, 1, 0x4E, 0x73, 0x28, 0x4B, 2, 0x88, 0x75],
            .dictionary([PickleItem(key: .int(1), value: .none), PickleItem(key: .int(2), value: .bool(true))])
        ),
        ([0x88, 0x4E, 0x30], .bool(true)), ([0x88, 0x28, 0x4E, 0x4E, 0x31], .bool(true)),
        ([0x88, 0x32, 0x86], .tuple([.bool(true), .bool(true)])),
        ([0x88, 0x71, 9, 0x30, 0x68, 9], .bool(true)),
        ([0x88, 0x72, 9, 1, 0, 0, 0x30, 0x6A, 9, 1, 0, 0], .bool(true)),
        ([0x4E, 0x94, 0x88, 0x94, 0x30, 0x30, 0x68, 1], .bool(true)),
        ([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, 0x4E], .none),
        // A list that is changed after it was remembered is the same list.
        ([0x5D, 0x71, 0, 0x68, 0, 0x4E, 0x61, 0x86], .tuple([.list([.none]), .list([.none])])),
        (Array("ccollections\nOrderedDict\n".utf8) + [0x29, 0x52], .dictionary([])),
        (Array("ccollections\nOrderedDict\n".utf8) + [0x29, 0x81], .dictionary([])),
        (text("collections") + text("OrderedDict") + [0x93, 0x29, 0x52], .dictionary([])),
        (
            Array("ccollections\nOrderedDict\n".utf8) + [0x5D, 0x4B, 1, 0x4E, 0x86, 0x61, 0x85, 0x52],
            .dictionary([PickleItem(key: .int(1), value: .none)])
        ),
        (Array("ctorch\nSize\n".utf8) + [0x4B, 3, 0x85, 0x85, 0x52], .tuple([.int(3)])),
        (Array("ctorch\ndevice\n".utf8) + text("cpu") + [0x85, 0x52], .string("cpu")),
    ]

    @Test("Every opcode does what Python's does", arguments: values)
    func opcodes(pickle: [UInt8], value: PickleValue) throws {
        #expect(try Self.value(pickle + [0x2E]) == value)
    }

    @Test("A pickle cut anywhere is an error", arguments: values)
    func truncated(pickle: [UInt8], value: PickleValue) {
        for count in 0...pickle.count {
            #expect(throws: ArchiveProblem.self) { try Self.value(Array(pickle.prefix(count))) }
        }
    }

    @Test("Every other opcode is refused")
    func otherOpcodes() {
        for opcode in UInt8.min...UInt8.max where PickleOpcode(rawValue: opcode) == nil {
            #expect(throws: ArchiveProblem.unsupportedOpcode(opcode, offset: 2)) {
                try Self.value([0x80, 2, opcode, 0x2E])
            }
        }
    }

    @Test("A hundred levels are read, one more is refused")
    func depth() throws {
        func nested(_ count: Int) -> [UInt8] { [0x29] + [UInt8](repeating: 0x85, count: count - 1) + [0x2E] }
        _ = try Self.value(nested(PickleArena.depthLimit))
        #expect(throws: ArchiveProblem.tooDeep(limit: 100)) { try Self.value(nested(PickleArena.depthLimit + 1)) }
    }

    @Test(
        "Names of code other than the few are refused",
        arguments: [
            ("os", "system"), ("builtins", "exec"), ("torch", "FloatStorage2"), ("torch", "OrderedDict"),
            ("torch._utils", "_rebuild_tensor"), ("torch.nn.modules.linear", "Linear"), ("", ""),
            ("collections", "OrderedDict.fromkeys"), ("numpy.core.multiarray", "_reconstruct"),
        ])
    func forbidden(module: String, name: String) {
        #expect(throws: ArchiveProblem.forbiddenGlobal("\(module).\(name)")) {
            try Self.value(Array("c\(module)\n\(name)\n.".utf8))
        }
        #expect(throws: ArchiveProblem.forbiddenGlobal("\(module).\(name)")) {
            try Self.value(Self.text(module) + Self.text(name) + [0x93, 0x2E])
        }
    }
}
