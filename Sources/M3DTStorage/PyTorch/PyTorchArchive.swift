import Foundation

/// A file written by PyTorch's `torch.save`, read without running any of the code that such a file may hold.
///
/// Only tensors, numbers, texts, dictionaries, lists and tuples are read; a file with anything else is refused.
public struct PyTorchArchive: Sendable {
    /// All that the file holds.
    public let root: PickleValue
    /// Where the file is.
    public let url: URL
    private let zip: ZipArchive
    /// The folder inside the archive, with the slash.
    private let prefix: String

    /// The longest pickle that is read, in bytes; one of a thousand tensors has some hundred thousand.
    private static let pickleLimit = 1 << 28

    /// Opens a file and reads its structure; the tensors' elements are read when asked for.
    ///
    /// - Throws: ``StorageError`` if the file cannot be read, is damaged or holds anything but plain data.
    public init(contentsOf url: URL) throws {
        let file = try MappedFile(url)
        (zip, prefix, root) = try Self.naming(url) {
            let zip = try ZipArchive(file)
            let prefix = try Self.prefix(of: zip)
            let pickleCount = zip.entries[prefix + "data.pkl"]?.count ?? 0
            if pickleCount > Self.pickleLimit {
                throw ArchiveProblem.longPickle(count: pickleCount, limit: Self.pickleLimit)
            }
            let root = try zip.withContents(of: prefix + "data.pkl") { pickle in
                try PickleReader.value(of: pickle) { zip.entries[prefix + "data/" + $0]?.count }
            }
            return (zip, prefix, root)
        }
        self.url = url
    }

    /// All tensors of nested dictionaries and lists, their keys joined by full stops, as in `block_0.fc1.weight`.
    ///
    /// What is not a tensor is left out.
    ///
    /// - Throws: ``StorageError/malformedArchive(path:problem:)`` if two tensors get the same name.
    public func flattenedTensors() throws -> [String: PyTorchTensor] {
        try Self.naming(url) {
            var result: [String: PyTorchTensor] = [:]
            try Self.collect(root, name: "", into: &result)
            return result
        }
    }

    /// A tensor's bytes in row-major order, whatever its strides.
    ///
    /// - Throws: ``StorageError/malformedArchive(path:problem:)`` if the bytes in the file are damaged.
    public func bytes(of tensor: PyTorchTensor) throws -> [UInt8] {
        try Self.naming(url) {
            try zip.withContents(of: prefix + "data/" + tensor.storage) { tensor.contiguousBytes(storage: $0) }
        }
    }

    /// A tensor's elements in row-major order, whatever its strides.
    ///
    /// - Throws: ``StorageError`` if the elements are of another type or damaged in the file.
    public func array<Element: StoredElement>(_ tensor: PyTorchTensor, as type: Element.Type) throws -> [Element] {
        guard tensor.type == Element.elementType else {
            throw StorageError.otherElementType(
                name: "data/" + tensor.storage, path: url.path, stored: tensor.type, requested: Element.elementType)
        }
        return try bytes(of: tensor).withUnsafeBytes { [Element](copying: $0) }
    }

    /// The one folder that holds the pickle; its storages must be little-endian.
    private static func prefix(of zip: ZipArchive) throws -> String {
        let pickles = zip.entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
        guard pickles.count == 1, let pickle = pickles.first else { throw ArchiveProblem.missingEntry("NAME/data.pkl") }
        let prefix = String(pickle.dropLast("data.pkl".count))
        if zip.entries[prefix + "byteorder"] != nil {
            let order = try zip.withContents(of: prefix + "byteorder") { String(decoding: $0, as: UTF8.self) }
            guard order == "little" else { throw ArchiveProblem.bigEndian }
        }
        return prefix
    }

    private static func collect(
        _ value: PickleValue, name: String, into result: inout [String: PyTorchTensor]
    ) throws {
        switch value {
        case .tensor(let tensor):
            if result.updateValue(tensor, forKey: name) != nil { throw ArchiveProblem.clashingNames(name) }
        case .dictionary(let items):
            for item in items { try collect(item.value, name: joined(name, item.key), into: &result) }
        case .list(let values), .tuple(let values):
            for (index, value) in values.enumerated() {
                try collect(value, name: joined(name, .int(index)), into: &result)
            }
        default: break
        }
    }

    private static func joined(_ name: String, _ key: PickleValue) -> String {
        name.isEmpty ? key.keyText : name + "." + key.keyText
    }

    /// Adds the name of the file to what went wrong.
    private static func naming<Result>(_ url: URL, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let problem as ArchiveProblem {
            throw StorageError.malformedArchive(path: url.path, problem: problem)
        }
    }
}
