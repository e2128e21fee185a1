import Foundation
import Testing

@testable import M3DTStorage

@Suite("PyTorch archive")
struct PyTorchArchiveTests {
    static let good = [
        "protocol_2", "protocol_3", "protocol_4", "protocol_5", "deflated", "large", "without_byteorder",
    ]

    @Test("Tensors of every layout are read as they are indexed", arguments: good)
    func layouts(name: String) throws {
        let archive = try PyTorchArchive(contentsOf: Fixtures.pyTorch(name))
        let tensors = try archive.flattenedTensors()
        func values(_ name: String) throws -> [Float] {
            try archive.array(#require(tensors[name]), as: Float.self)
        }
        #expect(try values("contiguous") == (0..<24).map(Float.init))
        let transposed = (0..<24).map { Float($0 / 6 + $0 % 6 * 4) }
        #expect(try values("views.transposed") == transposed)
        #expect(try values("views.slice") == [5, 7, 9, 17, 19, 21])
        var permuted: [Float] = []
        for first in 0..<4 {
            for second in 0..<2 {
                for third in 0..<3 { permuted.append(Float(first + second * 12 + third * 4)) }
            }
        }
        #expect(try values("views.permuted") == permuted)
        #expect(try values("views.scalar") == [23])
        #expect(try values("views.empty") == [])
        #expect(try values("views.odd stride of one row") == [4, 5, 6, 7])
        #expect(try values("parameter") == [8, 9, 10, 11])
        #expect(tensors["contiguous"]?.shape == [2, 3, 4])
        #expect(tensors.count == 16)
    }

    @Test("Every type of element is read", arguments: good)
    func types(name: String) throws {
        let archive = try PyTorchArchive(contentsOf: Fixtures.pyTorch(name))
        let tensors = try archive.flattenedTensors()
        func tensor(_ index: Int) throws -> PyTorchTensor { try #require(tensors["types.\(index)"]) }
        #expect(try archive.array(tensor(0), as: Double.self) == [0.5, -2])
        #expect(try archive.array(tensor(1), as: Int64.self) == [-(1 << 40), 7])
        #expect(try archive.array(tensor(2), as: Int32.self) == [-5, 6])
        #expect(try archive.array(tensor(3), as: Int16.self) == [-300])
        #expect(try archive.array(tensor(4), as: Int8.self) == [-8, 9])
        #expect(try archive.array(tensor(5), as: UInt8.self) == [250])
        #expect(try tensor(6).type == .bool)
        #expect(try archive.bytes(of: tensor(6)) == [1, 0])
        #expect(try tensor(7).type == .float16)
        #expect(try archive.bytes(of: tensor(7)) == [0x00, 0x3E])
    }

    @Test("Plain values are read", arguments: good)
    func plainValues(name: String) throws {
        let plain = try #require(try PyTorchArchive(contentsOf: Fixtures.pyTorch(name)).root["plain"])
        #expect(plain["none"] == PickleValue.none)
        #expect(plain["yes"] == .bool(true))
        #expect(plain["no"] == .bool(false))
        #expect(plain["small"] == .int(5))
        #expect(plain["negative"] == .int(-70_000))
        #expect(plain["large"] == .int(1 << 40))
        #expect(plain["float"] == .float(0.1))
        #expect(plain["text"] == .string("größer"))
        #expect(plain["long text"] == .string(String(repeating: "x", count: 300)))
        #expect(plain["shape"] == .tuple([.int(2), .int(3)]))
        #expect(plain["tuple"] == .tuple([.int(1), .string("two"), .tuple([])]))
        #expect(plain["one"] == .tuple([.int(1)]))
        #expect(plain["two"] == .tuple([.int(1), .int(2)]))
        #expect(plain["four"] == .tuple([.int(1), .int(2), .int(3), .int(4)]))
        #expect(plain["list"] == .list([.int(1)]))
        #expect(plain["empty list"] == .list([]))
        let hasBytes = ["protocol_3", "protocol_4", "protocol_5"].contains(name)
        #expect(plain["bytes"] == (hasBytes ? .bytes([0, 255]) : PickleValue.none))
        #expect(plain["absent"] == nil)
        guard case .dictionary(let items) = plain else { throw StorageError.emptyFile(path: name) }
        #expect(items.last == PickleItem(key: .int(7), value: .string("key")))
    }

    /// The numbers and checksums were taken with Python's own pickle and zip modules.
    @Test(
        "The checkpoints of the reference are read to the last bit",
        arguments: [
            ("expert_0_iter_10", 8, "4e84c5e3"),
            ("expert_1_iter_10", 8, "5508a60e"),
            ("expert_2_iter_10", 8, "6c7c351c"),
            ("moe__iter_10", 44, "3bdce9e2"),
            ("prompt_model_mini_iter_10_seed0", 49, "577b73ba"),
        ])
    func reference(file: String, count: Int, checksum: String) throws {
        let url = Fixtures.folder.appendingPathComponent("reference-small").appendingPathComponent(file)
        let archive = try PyTorchArchive(contentsOf: url)
        let tensors = try archive.flattenedTensors().sorted { $0.key < $1.key }
        let lines = try tensors.map { "\($0.key) \(Checksum.crc32(of: try archive.bytes(of: $0.value)))\n" }
        #expect(lines.count == count)
        #expect(Checksum.crc32(of: Array(lines.joined().utf8)) == checksum)
    }

    @Test("The shapes and names of a reference expert are known")
    func referenceExpert() throws {
        let url = Fixtures.folder.appendingPathComponent("reference-small/expert_0_iter_10")
        let tensors = try PyTorchArchive(contentsOf: url).flattenedTensors()
        #expect(tensors.count == 8)
        #expect(tensors["block_1.c_fc.weight"]?.shape == [32, 128])
        #expect(tensors["block_0.c_proj.bias"]?.type == .float32)
    }

    @Test("A tensor is not read as another type")
    func otherType() throws {
        let archive = try PyTorchArchive(contentsOf: Fixtures.pyTorch("protocol_2"))
        let tensor = try #require(try archive.flattenedTensors()["contiguous"])
        #expect(throws: StorageError.self) { try archive.array(tensor, as: Double.self) }
    }

    @Test("Names that clash when joined are an error")
    func clashingNames() throws {
        let url = Fixtures.pyTorch("clashing_names")
        let archive = try PyTorchArchive(contentsOf: url)
        #expect(throws: StorageError.malformedArchive(path: url.path, problem: .clashingNames("a.b"))) {
            try archive.flattenedTensors()
        }
    }

    @Test("Damaged elements are noticed when they are read")
    func damagedStorage() throws {
        let url = Fixtures.pyTorch("wrong_checksum_of_storage")
        let archive = try PyTorchArchive(contentsOf: url)
        let tensor = try #require(try archive.flattenedTensors()["w"])
        let problem = ArchiveProblem.wrongChecksum(entry: "wrong_checksum_of_storage/data/0")
        #expect(throws: StorageError.malformedArchive(path: url.path, problem: problem)) {
            try archive.bytes(of: tensor)
        }
    }

    @Test("A file cut at any byte is an error")
    func truncatedFiles() throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: Fixtures.pyTorch("protocol_2"))
        for count in stride(from: 1, to: whole.count, by: 13) {
            let url = try folder.file("cut.pt", holding: whole.prefix(count))
            #expect(throws: StorageError.self, "\(count) bytes") { try PyTorchArchive(contentsOf: url) }
        }
    }

    @Test("A file with any byte changed is read or refused, never a crash")
    func changedFiles() throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: Fixtures.pyTorch("large"))
        var refused = 0
        for place in 0..<whole.count {
            var changed = whole
            changed[place] ^= 0xFF
            let url = try folder.file("changed.pt", holding: changed)
            do {
                let archive = try PyTorchArchive(contentsOf: url)
                for tensor in try archive.flattenedTensors().values { _ = try archive.bytes(of: tensor) }
            } catch is StorageError {
                refused += 1
            }
        }
        // Times, flags and comments may change; names, sizes, sums and contents may not.
        #expect(refused > whole.count / 2)
    }
}
