import Foundation

/// Writes safetensors files, the same bytes for the same contents.
public enum SafetensorsWriter {
    /// The tensors' bytes begin at a multiple of this many bytes; the header is padded with spaces.
    public static let alignment = 64

    /// Writes a file atomically; the tensors stand in the given order, the metadata in that of their keys.
    ///
    /// - Throws: ``StorageError/unwritableSafetensors(path:problem:)`` if a name is there twice, a shape impossible or
    ///   the bytes of a tensor do not fit its shape; another ``StorageError`` if the disk is full, the folder missing or
    ///   read-only; whatever a tensor's closure throws. In every case an old file is left as it was.
    public static func write(
        to url: URL, metadata: [String: String] = [:], tensors: [SafetensorsTensor]
    ) throws {
        do {
            let sizes = try sizes(of: tensors)
            let header = try header(metadata: metadata, tensors: tensors, sizes: sizes)
            try AtomicFile.write(to: url) { sink in
                try sink.write(header)
                for (tensor, size) in zip(tensors, sizes) { try write(tensor, size: size, to: sink) }
            }
        } catch let problem as SafetensorsProblem {
            throw StorageError.unwritableSafetensors(path: url.path, problem: problem)
        }
    }

    private static func write(_ tensor: SafetensorsTensor, size: Int, to sink: FileSink) throws {
        let start = sink.count
        try tensor.writeBytes(sink)
        let given = sink.count - start
        if given != size { throw SafetensorsProblem.sizeMismatch(tensor: tensor.name, needed: size, given: given) }
    }

    private static func sizes(of tensors: [SafetensorsTensor]) throws -> [Int] {
        var names: Set<String> = []
        return try tensors.map { tensor in
            if tensor.name == SafetensorsHeader.metadataKey { throw SafetensorsProblem.reservedName(tensor.name) }
            if !names.insert(tensor.name).inserted { throw SafetensorsProblem.duplicateKey(tensor.name) }
            guard let size = tensor.type.byteCount(shape: tensor.shape) else {
                throw SafetensorsProblem.impossibleShape(tensor: tensor.name, shape: tensor.shape)
            }
            return size
        }
    }

    /// The length of the header, the header and its padding.
    private static func header(
        metadata: [String: String], tensors: [SafetensorsTensor], sizes: [Int]
    ) throws -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
                .map { quoted($0.key) + ":" + quoted($0.value) }
            members.append(quoted(SafetensorsHeader.metadataKey) + ":{" + texts.joined(separator: ",") + "}")
        }
        var offset = 0
        for (tensor, size) in zip(tensors, sizes) {
            let (end, overflow) = offset.addingReportingOverflow(size)
            if overflow { throw SafetensorsProblem.impossibleShape(tensor: tensor.name, shape: tensor.shape) }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                quoted(tensor.name)
                    + ":{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var text = Array(("{" + members.joined(separator: ",") + "}").utf8)
        text.append(contentsOf: Array(repeating: 0x20, count: (alignment - (8 + text.count) % alignment) % alignment))
        if text.count > SafetensorsHeader.lengthLimit {
            throw SafetensorsProblem.headerTooLong(count: UInt64(text.count), limit: SafetensorsHeader.lengthLimit)
        }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
