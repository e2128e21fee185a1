import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTData

/// Every kind of damage gives an error that names the file, the task and the column.
@Suite struct StoreCorruptionTests {
    private let folder: TemporaryFolder
    private let file: URL

    init() throws {
        folder = try TemporaryFolder()
        file = folder["task-a.safetensors"]
        _ = try TrajectoryStore.sample(["task-a", "task-b"], in: folder.url)
    }

    // MARK: The file as a whole

    @Test func aMissingFile() throws {
        try FileManager.default.removeItem(at: file)
        try expect(.fileMissing)
    }

    @Test func aTruncatedFile() throws {
        let bytes = try Data(contentsOf: file)
        try bytes.dropLast(1).write(to: file)
        try expect(.fileSize(expected: bytes.count, found: bytes.count - 1))
    }

    @Test func aFileThatIsNoSafetensorsFile() throws {
        let count = try Data(contentsOf: file).count
        try Data(repeating: 0x7B, count: count).write(to: file)
        let error = try #require(try problem(deep: false))
        guard case .storage(.malformedSafetensors(let path, _)) = error.problem else {
            Issue.record("\(error)")
            return
        }
        #expect(path == file.path)
        #expect(error.task == "task-a")
    }

    @Test func aFlippedBitIsFoundByReadingAll() throws {
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 20] ^= 1  // among the success flags
        try bytes.write(to: file)
        #expect(try problem(deep: false) == nil)
        #expect(try problem(deep: true)?.problem == .checksum)
    }

    @Test func otherStatistics() throws {
        try editManifest { $0.replacing("\"successRate\" : 0.5", with: "\"successRate\" : 0.25") }
        #expect(try problem(deep: false) == nil)
        #expect(try problem(deep: true)?.problem == .statistics)
    }

    // MARK: Columns

    @Test func aFileOfAnotherTask() throws {
        try rewrite { contents in contents.metadata["task"] = "task-b" }
        try expect(.otherTask(found: "task-b"))
    }

    @Test func noNamesOfSources() throws {
        try rewrite { contents in contents.metadata["sources"] = nil }
        try expect(.sourceNames)
    }

    @Test(arguments: StoreColumn.allCases)
    func aMissingColumn(column: StoreColumn) throws {
        try rewrite { contents in contents.columns[column] = nil }
        try expect(.columnMissing, key: column)
    }

    @Test func aColumnOfAnotherType() throws {
        try rewrite { contents in contents.columns[.seeds]?.type = .float64 }
        try expect(.columnType(expected: .int64, found: .float64), key: .seeds)
    }

    @Test func aColumnOfAnotherWidth() throws {
        try rewrite { contents in
            contents.columns[.observations]?.shape = [43, 2]
            contents.columns[.observations]?.bytes.removeLast(43 * 4)
        }
        try expect(.columnShape(expected: [43, 3], found: [43, 2]), key: .observations)
    }

    // MARK: Episodes

    @Test(arguments: [(0, 1, 0), (2, 4, 1), (2, 16, 2), (6, 42, 5), (3, -1, 2)])
    func boundsThatAreNotAscending(index: Int, value: Int64, episode: Int) throws {
        try rewrite { contents in contents.set(value, at: index, of: .episodeOffsets) }
        try expect(.offsets(episode: episode), key: .episodeOffsets)
    }

    @Test func valuesOutOfRange() throws {
        try rewrite { contents in contents.set(UInt8(2), at: 4, of: .role) }
        try expect(.outOfRange(index: 4, value: 2, bound: 2), key: .role)
        try rewrite { contents in contents.set(UInt8(0), at: 4, of: .role) }
        try rewrite { contents in contents.set(Int32(-1), at: 1, of: .source) }
        try expect(.outOfRange(index: 1, value: -1, bound: 2), key: .source)
        try rewrite { contents in contents.set(Int32(0), at: 1, of: .source) }
        try rewrite { contents in contents.set(UInt8(9), at: 0, of: .terminated) }
        try expect(.outOfRange(index: 0, value: 9, bound: 2), key: .terminated)
    }

    // MARK: Steps

    @Test(arguments: [(StoreColumn.observations, 3 * 5 + 2), (.actions, 2 * 5), (.rewards, 5), (.returnsToGo, 5)])
    func aNumberThatIsNotFinite(column: StoreColumn, index: Int) throws {
        for value in [Float.nan, .infinity] {
            try rewrite { contents in contents.set(value, at: index, of: column) }
            try expect(.notFinite(episode: 1, step: 1), key: column, deep: true)
        }
    }

    @Test func aReturnThatIsNotTheSumOfItsRewards() throws {
        try rewrite { contents in contents.set(Float(9), at: 5, of: .returnsToGo) }
        try expect(.returnToGo(episode: 1, step: 1, expected: 8, found: 9), key: .returnsToGo, deep: true)
    }

    @Test func aSuccessThatIsNeitherTrueNorFalse() throws {
        try rewrite { contents in contents.set(UInt8(3), at: 7, of: .success) }
        try expect(.outOfRange(index: 7, value: 3, bound: 2), key: .success, deep: true)
    }

    // MARK: The manifest

    @Test func noManifest() throws {
        try FileManager.default.removeItem(at: folder["manifest.json"])
        let error = try #require(throws: DataError.self) { try TrajectoryStore(folder.url) }
        #expect(error == DataError(.notAStore, file: folder.url.path))
        #expect(throws: DataError(.notAStore, file: folder["none"].path)) { try TrajectoryStore(folder["none"]) }
    }

    @Test(arguments: [
        ("\"formatVersion\" : 1", "\"formatVersion\" : 2", "the store has format 2, this program reads 1"),
        ("{", "", "the manifest cannot be read: it is not JSON"),
        ("\"recipe\"", "\"recipes\"", "the key recipe is missing or of another kind"),
        ("\"seed\" : 5", "\"seed\" : \"five\"", "the key recipe.seed is missing or of another kind"),
        ("\"task-b.safetensors\"", "\"../task-b\"", "the file of task task-b is said to be ../task-b"),
        ("task-b", "task-a", "a task is there twice"),
    ])
    func aDamagedManifest(old: String, new: String, message: String) throws {
        try editManifest { $0.replacing(old, with: new, maxReplacements: old == "{" ? 1 : .max) }
        let error = try #require(throws: DataError.self) { try TrajectoryStore(folder.url) }
        #expect(error.description.hasPrefix(folder["manifest.json"].path + ": "))
        #expect(error.description.contains(message), "\(error)")
    }

    // MARK: Making damage

    /// Checks that the store finds this problem in task-a alone, and that opening finds it too unless it is deep.
    private func expect(
        _ problem: DataError.Problem, key: StoreColumn? = nil, deep: Bool = false,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let expected = DataError(problem, task: "task-a", file: file.path, key: key?.rawValue)
        let store = try TrajectoryStore(folder.url)
        #expect(store.verify(deep: true) == [expected], sourceLocation: location)
        #expect(store.verify(deep: false) == (deep ? [] : [expected]), sourceLocation: location)
        if !deep {
            #expect(throws: expected, sourceLocation: location) { try store.trajectories("task-a") }
        }
    }

    private func problem(deep: Bool) throws -> DataError? {
        try TrajectoryStore(folder.url).verify(deep: deep).first
    }

    /// Writes the file again with a change, and its new size into the manifest.
    private func rewrite(_ change: (inout FileContents) -> Void) throws {
        let oldSize = try Data(contentsOf: file).count
        var contents = try FileContents(file)
        change(&contents)
        try contents.write(to: file)
        let newSize = try Data(contentsOf: file).count
        guard oldSize != newSize else { return }
        try editManifest { $0.replacing("\"bytes\" : \(oldSize)", with: "\"bytes\" : \(newSize)", maxReplacements: 1) }
    }

    private func editManifest(_ change: (String) -> String) throws {
        let url = folder["manifest.json"]
        let text = try String(contentsOf: url, encoding: .utf8)
        let changed = change(text)
        try #require(changed != text)
        try changed.write(to: url, atomically: true, encoding: .utf8)
    }
}

/// The columns of a task's file, to be changed and written again.
private struct FileContents {
    struct Stored {
        var type: ElementType
        var shape: [Int]
        var bytes: [UInt8]
    }

    var metadata: [String: String]
    var columns: [StoreColumn: Stored] = [:]

    init(_ url: URL) throws {
        let file = try SafetensorsFile(contentsOf: url)
        metadata = file.metadata
        for column in StoreColumn.allCases {
            guard let entry = file.entries[column.rawValue] else { continue }
            let bytes = try file.withUnsafeBytes(of: column.rawValue) { Array($0) }
            columns[column] = Stored(type: entry.type, shape: entry.shape, bytes: bytes)
        }
    }

    mutating func set<Element: StoredElement>(_ value: Element, at index: Int, of column: StoreColumn) {
        withUnsafeBytes(of: value) { bytes in
            let start = index * bytes.count
            columns[column]?.bytes.replaceSubrange(start..<start + bytes.count, with: bytes)
        }
    }

    func write(to url: URL) throws {
        let tensors = StoreColumn.allCases.compactMap { column in
            columns[column].map { stored in
                SafetensorsTensor(name: column.rawValue, type: stored.type, shape: stored.shape) {
                    try $0.write(stored.bytes)
                }
            }
        }
        try SafetensorsWriter.write(to: url, metadata: metadata, tensors: tensors)
    }
}
