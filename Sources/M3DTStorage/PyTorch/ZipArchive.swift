import Foundation

/// A zip archive, its directory checked in full when opened.
///
/// Entries may be stored or deflated, and large (zip64); nothing is ever unpacked to the disk.
///
/// Source: APPNOTE.TXT, the .ZIP file format specification, version 6.3.
struct ZipArchive: Sendable {
    let entries: [String: ZipEntry]
    private let file: MappedFile

    /// Reads the directory of an archive.
    ///
    /// - Throws: ``ArchiveProblem`` for the first thing that is wrong.
    init(_ file: MappedFile) throws {
        self.file = file
        let list = try file.withUnsafeBytes { try ZipDirectory(BoundedBytes(bytes: $0)).entries() }
        var entries: [String: ZipEntry] = [:]
        for entry in list where entries.updateValue(entry, forKey: entry.name) != nil {
            throw ArchiveProblem.duplicateEntry(entry.name)
        }
        var end = 0
        for entry in list.sorted(by: { $0.start < $1.start }) {
            if entry.start < end { throw ArchiveProblem.overlappingEntry(entry.name) }
            end = entry.dataRange.upperBound
        }
        self.entries = entries
    }

    /// Gives the contents of an entry, decompressed and their checksum verified, to a closure.
    ///
    /// - Throws: ``ArchiveProblem`` if the entry is missing or damaged; whatever the closure throws.
    func withContents<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        guard let entry = entries[name] else { throw ArchiveProblem.missingEntry(name) }
        return try file.withUnsafeBytes(in: entry.dataRange) { stored in
            guard entry.isDeflated else { return try verified(stored, entry, body) }
            guard let contents = Deflate.decompressed(stored, count: entry.count) else {
                throw ArchiveProblem.brokenEntry(name)
            }
            return try contents.withUnsafeBytes { try verified($0, entry, body) }
        }
    }

    private func verified<Result>(
        _ contents: UnsafeRawBufferPointer, _ entry: ZipEntry, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard Deflate.checksum(contents) == entry.checksum else {
            throw ArchiveProblem.wrongChecksum(entry: entry.name)
        }
        return try body(contents)
    }
}

/// One file in a zip archive.
struct ZipEntry: Sendable {
    let name: String
    /// Where its own header starts.
    let start: Int
    /// Where its bytes are, compressed if it is deflated.
    let dataRange: Range<Int>
    let isDeflated: Bool
    /// The size of its contents in bytes.
    let count: Int
    let checksum: UInt32
}
