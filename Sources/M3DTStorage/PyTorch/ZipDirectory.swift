import Foundation

/// Reads the directory at the end of a zip archive.
struct ZipDirectory {
    private let bytes: BoundedBytes
    private let count: Int
    private let start: Int
    private let end: Int

    private static let endSignature: UInt32 = 0x0605_4B50
    private static let largeLocatorSignature: UInt32 = 0x0706_4B50
    private static let largeEndSignature: UInt32 = 0x0606_4B50
    private static let entrySignature: UInt32 = 0x0201_4B50
    private static let headerSignature: UInt32 = 0x0403_4B50

    /// Finds the directory.
    ///
    /// - Throws: ``ArchiveProblem``.
    init(_ bytes: BoundedBytes) throws {
        self.bytes = bytes
        let record = try Self.endRecord(bytes)
        let largeLocator = bytes.integer(at: record - 20, as: UInt32.self)
        if largeLocator == Self.largeLocatorSignature {
            let large = try Self.integer(bytes, at: record - 20 + 8, as: UInt64.self, part: "zip64 record")
            guard bytes.integer(at: large, as: UInt32.self) == Self.largeEndSignature else {
                throw ArchiveProblem.outOfBounds(part: "zip64 record")
            }
            count = try Self.integer(bytes, at: large + 32, as: UInt64.self, part: "zip64 record")
            end = large
            start = try Self.integer(bytes, at: large + 48, as: UInt64.self, part: "zip64 record")
        } else {
            count = try Self.integer(bytes, at: record + 10, as: UInt16.self, part: "end record")
            end = record
            start = try Self.integer(bytes, at: record + 16, as: UInt32.self, part: "end record")
        }
        let disk = try Self.integer(bytes, at: record + 4, as: UInt16.self, part: "end record")
        guard disk == 0 || disk == Int(UInt16.max) else { throw ArchiveProblem.unsupportedFeature("several disks") }
        guard start <= end else { throw ArchiveProblem.outOfBounds(part: "directory") }
    }

    /// The offset of the record that ends the archive, before a comment.
    private static func endRecord(_ bytes: BoundedBytes) throws -> Int {
        if bytes.count >= 4, bytes.bytes[0] == 0x80, !bytes.bytes.starts(with: [0x50, 0x4B]) {
            throw ArchiveProblem.oldFormat
        }
        for commentCount in 0...Int(UInt16.max) {
            let offset = bytes.count - 22 - commentCount
            guard offset >= 0 else { break }
            guard bytes.integer(at: offset, as: UInt32.self) == endSignature,
                bytes.integer(at: offset + 20, as: UInt16.self).map(Int.init) == commentCount
            else { continue }
            return offset
        }
        throw ArchiveProblem.notAnArchive
    }

    /// All entries, in the order of the directory.
    ///
    /// - Throws: ``ArchiveProblem``.
    func entries() throws -> [ZipEntry] {
        var result: [ZipEntry] = []
        var offset = start
        for _ in 0..<count {
            guard offset + 46 <= end, bytes.integer(at: offset, as: UInt32.self) == Self.entrySignature else {
                throw ArchiveProblem.outOfBounds(part: "directory")
            }
            let nameCount = try integer(at: offset + 28, as: UInt16.self)
            let extraCount = try integer(at: offset + 30, as: UInt16.self)
            let commentCount = try integer(at: offset + 32, as: UInt16.self)
            guard offset + 46 + nameCount + extraCount + commentCount <= end else {
                throw ArchiveProblem.outOfBounds(part: "directory")
            }
            result.append(try entry(at: offset, nameCount: nameCount, extraCount: extraCount))
            offset += 46 + nameCount + extraCount + commentCount
        }
        return result
    }

    private func entry(at offset: Int, nameCount: Int, extraCount: Int) throws -> ZipEntry {
        guard let name = bytes.text(at: offset + 46, count: nameCount) else {
            throw ArchiveProblem.unsafeName("(not UTF-8)")
        }
        try Self.check(name)
        if try integer(at: offset + 8, as: UInt16.self) & 1 != 0 {
            throw ArchiveProblem.unsupportedFeature("encryption")
        }
        let method = try integer(at: offset + 10, as: UInt16.self)
        guard method == 0 || method == 8 else {
            throw ArchiveProblem.unsupportedFeature("compression method \(method)")
        }
        let sizes = try sizes(
            at: offset, name: name, extra: (offset + 46 + nameCount)..<(offset + 46 + nameCount + extraCount))
        let dataStart = try dataStart(header: sizes.header, name: name)
        guard sizes.stored <= start - dataStart else { throw ArchiveProblem.outOfBounds(part: name) }
        guard method == 8 || sizes.stored == sizes.count else { throw ArchiveProblem.brokenEntry(name) }
        return ZipEntry(
            name: name, start: sizes.header, dataRange: dataStart..<(dataStart + sizes.stored), isDeflated: method == 8,
            count: sizes.count, checksum: UInt32(try integer(at: offset + 16, as: UInt32.self)))
    }

    /// The stored and real sizes and the place of the entry's own header, from the zip64 field where they are large.
    private func sizes(
        at offset: Int, name: String, extra: Range<Int>
    ) throws -> (stored: Int, count: Int, header: Int) {
        var count = try integer(at: offset + 24, as: UInt32.self)
        var stored = try integer(at: offset + 20, as: UInt32.self)
        var header = try integer(at: offset + 42, as: UInt32.self)
        let large = Int(UInt32.max)
        guard count == large || stored == large || header == large else { return (stored, count, header) }
        var field = extra.lowerBound
        while field + 4 <= extra.upperBound {
            let kind = try integer(at: field, as: UInt16.self)
            let fieldEnd = field + 4 + (try integer(at: field + 2, as: UInt16.self))
            guard fieldEnd <= extra.upperBound else { break }
            if kind == 1 {
                var place = field + 4
                func next() throws -> Int {
                    guard place + 8 <= fieldEnd else { throw ArchiveProblem.outOfBounds(part: name) }
                    defer { place += 8 }
                    return try integer(at: place, as: UInt64.self)
                }
                if count == large { count = try next() }
                if stored == large { stored = try next() }
                if header == large { header = try next() }
                return (stored, count, header)
            }
            field = fieldEnd
        }
        throw ArchiveProblem.outOfBounds(part: name)
    }

    /// Where an entry's bytes start, after its own header, which must bear the same name.
    private func dataStart(header: Int, name: String) throws -> Int {
        guard bytes.integer(at: header, as: UInt32.self) == Self.headerSignature else {
            throw ArchiveProblem.outOfBounds(part: name)
        }
        let nameCount = try integer(at: header + 26, as: UInt16.self)
        let extraCount = try integer(at: header + 28, as: UInt16.self)
        guard bytes.text(at: header + 30, count: nameCount) == name else { throw ArchiveProblem.brokenEntry(name) }
        let dataStart = header + 30 + nameCount + extraCount
        guard dataStart <= start else { throw ArchiveProblem.outOfBounds(part: name) }
        return dataStart
    }

    /// Refuses names that would lead out of a folder if somebody unpacked them.
    private static func check(_ name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name.isEmpty || name.hasPrefix("/") || name.contains("\\") || name.contains("\0") || parts.contains("..") {
            throw ArchiveProblem.unsafeName(name)
        }
    }

    private func integer(at offset: Int, as type: (some FixedWidthInteger & BitwiseCopyable).Type) throws -> Int {
        try Self.integer(bytes, at: offset, as: type, part: "directory")
    }

    private static func integer(
        _ bytes: BoundedBytes, at offset: Int, as type: (some FixedWidthInteger & BitwiseCopyable).Type, part: String
    ) throws -> Int {
        // Halved, so that sums of a few such numbers cannot overflow.
        guard let value = bytes.integer(at: offset, as: type), let number = Int(exactly: value), number < Int.max / 2
        else {
            throw ArchiveProblem.outOfBounds(part: part)
        }
        return number
    }
}
