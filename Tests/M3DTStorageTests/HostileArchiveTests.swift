import Foundation
import Testing

@testable import M3DTStorage

@Suite("Hostile PyTorch archives")
struct HostileArchiveTests {
    static func impossible(_ shape: [Int], _ strides: [Int], _ offset: Int) -> ArchiveProblem {
        .impossibleTensor(shape: shape, strides: strides, offset: offset, storageCount: 4)
    }

    static let problems: [(file: String, problem: ArchiveProblem)] = [
        ("calls_system", .forbiddenGlobal("posix.system")),
        ("calls_system_protocol_4", .forbiddenGlobal("posix.system")),
        ("names_eval", .forbiddenGlobal("builtins.eval")),
        ("names_type_of_torch", .forbiddenGlobal("torch.load")),
        ("old_instance", .unsupportedOpcode(0x69, offset: 9)),
        ("extension", .unsupportedOpcode(0x82, offset: 2)),
        ("unknown_memo", .unexpectedValue(expected: "a value numbered 4294967295", offset: 7)),
        ("truncated_pickle", .truncatedPickle(offset: 22)),
        ("without_stop", .truncatedPickle(offset: 3)),
        ("empty_pickle", .truncatedPickle(offset: 0)),
        ("long_text_beyond_end", .truncatedPickle(offset: 11)),
        ("impossible_length", .truncatedPickle(offset: 11)),
        ("not_utf8", .unexpectedValue(expected: "UTF-8 text", offset: 9)),
        ("empty_stack", .unexpectedValue(expected: "a value", offset: 3)),
        ("pops_below_mark", .unexpectedValue(expected: "a value", offset: 5)),
        ("no_mark", .unexpectedValue(expected: "a mark", offset: 4)),
        ("odd_items", .unexpectedValue(expected: "a dictionary", offset: 6)),
        ("append_to_number", .unexpectedValue(expected: "a list", offset: 7)),
        ("state_of_number", .unexpectedValue(expected: "a dictionary", offset: 6)),
        ("calls_number", .unexpectedValue(expected: "something to call", offset: 6)),
        ("only_a_type", .unexpectedValue(expected: "a value, not a type", offset: 0)),
        ("huge_integer", .integerOutOfRange(offset: 15)),
        ("deep", .tooDeep(limit: 100)),
        ("deep_tuples", .tooDeep(limit: 100)),
        ("cyclic_list", .cyclicValue),
        ("cyclic_dictionary", .cyclicValue),
        ("doubling", .tooLarge(limit: 1_000_000)),
        ("repeated_dictionary", .tooLarge(limit: 1_000_000)),
        ("same_key_twice", .duplicateKey("1")),
        ("beyond_storage", impossible([4], [1], 1)),
        ("offset_beyond_storage", impossible([1], [1], 1 << 62)),
        ("negative_offset", impossible([2], [1], -1)),
        ("negative_stride", impossible([2], [-1], 3)),
        ("negative_shape", impossible([-2, -2], [1, 1], 0)),
        ("huge_stride", impossible([3, 2], [1 << 62, 1], 0)),
        ("huge_shape", impossible([1 << 62, 16], [0, 0], 0)),
        ("expanded", impossible([1_000_000_000], [0], 0)),
        ("more_strides", impossible([2], [1, 1], 0)),
        ("text_in_shape", .unexpectedValue(expected: "an integer", offset: 164)),
        ("claims_more", .storageMismatch(key: "0", needed: 20, given: 16)),
        ("claims_negative", .unexpectedValue(expected: "the size of a storage", offset: 113)),
        ("missing_storage", .missingEntry("data/9")),
        ("wrong_checksum_of_pickle", .wrongChecksum(entry: "wrong_checksum_of_pickle/data.pkl")),
        ("climbs_out", .unsafeName("../../evil")),
        ("absolute", .unsafeName("/evil")),
        ("backslash", .unsafeName("a\\..\\evil")),
        ("two_pickles", .missingEntry("NAME/data.pkl")),
        ("no_pickle", .missingEntry("NAME/data.pkl")),
        ("big_endian", .bigEndian),
        ("same_entry_twice", .duplicateEntry("same_entry_twice/version")),
        ("other_local_name", .brokenEntry("other_local_name/version")),
        ("encrypted", .unsupportedFeature("encryption")),
        ("unknown_method", .unsupportedFeature("compression method 14")),
        ("size_beyond_file", .outOfBounds(part: "size_beyond_file/data.pkl")),
        ("sizes_differ", .brokenEntry("sizes_differ/data.pkl")),
        ("header_beyond_file", .outOfBounds(part: "header_beyond_file/data.pkl")),
        ("zip64_without_field", .outOfBounds(part: "zip64_without_field/data.pkl")),
        ("long_pickle", .longPickle(count: (1 << 28) + 1, limit: 1 << 28)),
        ("bomb", .brokenEntry("bomb/data.pkl")),
        ("overlapping", .overlappingEntry("overlapping/byteorder")),
        ("old_format", .oldFormat),
        ("not_an_archive", .notAnArchive),
    ]

    @Test("Every hostile file is refused for what is wrong with it", arguments: problems)
    func refused(file: String, problem: ArchiveProblem) {
        let url = Fixtures.pyTorch(file)
        #expect(throws: StorageError.malformedArchive(path: url.path, problem: problem)) {
            try PyTorchArchive(contentsOf: url)
        }
    }

    @Test("Every file of the script is tested")
    func complete() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Fixtures.pyTorch("x").deletingLastPathComponent().path)
        let tested =
            Self.problems.map(\.file) + PyTorchArchiveTests.good
            + ["clashing_names", "wrong_checksum_of_storage", "huge_memo"]
        #expect(Set(names.filter { $0.hasSuffix(".pt") }) == Set(tested.map { $0 + ".pt" }))
    }

    @Test("A huge memo number costs no memory")
    func hugeMemo() throws {
        #expect(try PyTorchArchive(contentsOf: Fixtures.pyTorch("huge_memo")).root == PickleValue.none)
    }

    @Test("A pickle with any byte changed is read or refused, never a crash", arguments: ["protocol_2", "protocol_5"])
    func changedPickles(name: String) throws {
        let file = try ZipArchive(MappedFile(Fixtures.pyTorch(name)))
        let whole = try file.withContents(of: name + "/data.pkl") { Array($0) }
        for place in whole.indices {
            for pattern in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
                var changed = whole
                changed[place] ^= pattern
                do {
                    _ = try changed.withUnsafeBytes { try PickleReader.value(of: $0) { _ in 96 } }
                } catch is ArchiveProblem {}
            }
        }
    }
}
