import Foundation

/// What a file says about one of its tensors.
public struct WeightsEntry: Sendable, Hashable {
    public let type: ElementType
    public let shape: [Int]

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The size of all elements in bytes.
    public var byteCount: Int { count * type.byteCount }
}

/// A file of named tensors in either of two formats: safetensors, or an archive of PyTorch.
///
/// Which one it is is seen from the file, not believed of its name, except that `.safetensors` is always the former.
public struct WeightsFile: Sendable {
    private enum Contents {
        case safetensors(SafetensorsFile)
        case archive(PyTorchArchive, [String: PyTorchTensor])
    }

    /// Where the file is.
    public let url: URL
    /// The size of the file in bytes.
    public let byteCount: Int
    /// All tensors; the keys of nested dictionaries are joined by full stops.
    public let entries: [String: WeightsEntry]
    private let contents: Contents

    /// Opens a file and checks its structure; the elements are read when asked for.
    ///
    /// - Throws: ``StorageError`` if the file cannot be read, is damaged or holds anything but plain data.
    public init(contentsOf url: URL) throws {
        self.url = url
        let mapped = try MappedFile(url)
        byteCount = mapped.count
        if Self.isSafetensors(mapped) {
            let file = try SafetensorsFile(contentsOf: url)
            contents = .safetensors(file)
            entries = file.entries.mapValues { WeightsEntry(type: $0.type, shape: $0.shape) }
        } else {
            let archive = try PyTorchArchive(contentsOf: url)
            let tensors = try archive.flattenedTensors()
            contents = .archive(archive, tensors)
            entries = tensors.mapValues { WeightsEntry(type: $0.type, shape: $0.shape) }
        }
    }

    /// How many different numbers follow the given text in the names of tensors, as the layers in `transformer.h.0.…`.
    public func count(after prefix: String) -> Int {
        let numbers = entries.keys.compactMap { name in
            name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
        }
        return Set(numbers).count
    }

    /// Gives a tensor's bytes in row-major order to a closure, which must not let them escape.
    ///
    /// - Throws: ``StorageError`` if there is no tensor of that name or its bytes are damaged; whatever the closure throws.
    public func withUnsafeBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        switch contents {
        case .safetensors(let file): return try file.withUnsafeBytes(of: name, body)
        case .archive(let archive, let tensors):
            guard let tensor = tensors[name] else {
                let nearest = NearestName.nearest(to: name, in: Array(tensors.keys))
                throw StorageError.unknownTensor(name: name, path: url.path, nearest: nearest)
            }
            return try archive.bytes(of: tensor).withUnsafeBytes(body)
        }
    }

    /// A header of JSON begins after eight bytes; an archive begins with the mark of zip.
    private static func isSafetensors(_ file: MappedFile) -> Bool {
        if file.url.pathExtension == "safetensors" { return true }
        return file.withUnsafeBytes { bytes in
            bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && !bytes.starts(with: Array("PK".utf8))
        }
    }
}
