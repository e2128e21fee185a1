import Foundation

/// A safetensors file, checked in full when opened and read straight from the page cache.
///
/// The format: eight bytes with the length of the header (little-endian), the header as JSON, then the tensors' bytes
/// without gaps.
///
/// Source: the safetensors format, https://github.com/huggingface/safetensors.
public struct SafetensorsFile: Sendable {
    /// The free text that was stored with the tensors.
    public let metadata: [String: String]
    /// The tensors' names in the order of the header.
    public let names: [String]
    /// What the header says about each tensor.
    public let entries: [String: SafetensorsEntry]
    /// The map that ``SafetensorsEntry/byteRange`` counts in, for those who keep reading the same tensors.
    public let file: MappedFile

    /// Opens a file and checks its header against its size.
    ///
    /// - Throws: ``StorageError`` if the file cannot be read or anything about its header is wrong.
    public init(contentsOf url: URL) throws {
        let file = try MappedFile(url)
        do {
            let header = try file.withUnsafeBytes { try SafetensorsHeader(file: $0) }
            metadata = header.metadata
            names = header.names
            entries = header.entries
        } catch let problem as SafetensorsProblem {
            throw StorageError.malformedSafetensors(path: url.path, problem: problem)
        }
        self.file = file
    }

    /// Where the file is.
    public var url: URL { file.url }

    /// What the header says about a tensor.
    ///
    /// - Throws: ``StorageError/unknownTensor(name:path:nearest:)`` if there is none of that name.
    public func entry(_ name: String) throws -> SafetensorsEntry {
        guard let entry = entries[name] else {
            let nearest = NearestName.nearest(to: name, in: names)
            throw StorageError.unknownTensor(name: name, path: url.path, nearest: nearest)
        }
        return entry
    }

    /// Gives a tensor's bytes to a closure, which must not let them escape; they may have any alignment.
    ///
    /// - Throws: ``StorageError/unknownTensor(name:path:nearest:)``; whatever the closure throws.
    public func withUnsafeBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try file.withUnsafeBytes(in: entry(name).byteRange, body)
    }

    /// Copies a tensor's elements, in row-major order.
    ///
    /// - Throws: ``StorageError`` if there is no such tensor or its elements are of another type.
    public func array<Element: StoredElement>(_ name: String, as type: Element.Type) throws -> [Element] {
        let stored = try entry(name).type
        guard stored == Element.elementType else {
            throw StorageError.otherElementType(
                name: name, path: url.path, stored: stored, requested: Element.elementType)
        }
        return try withUnsafeBytes(of: name) { [Element](copying: $0) }
    }
}
