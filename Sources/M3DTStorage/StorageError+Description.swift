import Foundation

// All the text of this target's errors.

extension StorageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingFile(let path): "\(path): there is no such file; check the path"
        case .missingFolder(let path): "\(path): there is no such folder; create it first"
        case .notAFile(let path): "\(path) is not a regular file; give the path of a file"
        case .notAFolder(let path): "\(path) is not a folder; give the path of a folder"
        case .emptyFile(let path): "\(path) is empty; it was not written completely, so make it again"
        case .notPermitted(let path):
            "\(path): access is not permitted; change its permissions or those of its folder, or choose another place"
        case .readOnly(let path):
            "\(path) is on a read-only file system; choose a folder that can be written to"
        case .diskFull(let path):
            "\(path): the disk or the quota is full, nothing was replaced; free some space or choose another place"
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code))) (error \(code)); "
                + "check the disk and the file system, or choose another place"
        case .malformedSafetensors(let path, let problem):
            "\(path) is not a valid safetensors file: \(problem); make or fetch the file again"
        case .unwritableSafetensors(let path, let problem):
            "\(path) cannot be written as a safetensors file: \(problem)"
        case .unknownTensor(let name, let path, let nearest):
            "\(path) holds no tensor “\(name)”" + Self.suggestion(nearest)
        case .otherElementType(let name, let path, let stored, let requested):
            "\(path): the tensor “\(name)” holds \(stored.rawValue) elements, not \(requested.rawValue); "
                + "read it as \(stored.rawValue)"
        case .malformedArchive(let path, let problem): "\(path) cannot be read as a PyTorch file: \(problem)"
        case .impossiblePicture(let width, let height, let byteCount):
            "a picture of \(width) x \(height) pixels cannot be made of \(byteCount) bytes; give three for each pixel"
        }
    }

    fileprivate static func suggestion(_ nearest: String?) -> String {
        nearest.map { "; did you mean “\($0)”?" } ?? ""
    }
}

extension SafetensorsProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncatedHeader(let needed, let available):
            "its header needs \(needed) bytes, but only \(available) are there"
        case .headerTooLong(let count, let limit): "its header of \(count) bytes is longer than \(limit) bytes"
        case .notUTF8: "its header is not UTF-8 text"
        case .unexpectedText(let expected, let offset): "its header lacks \(expected) at byte \(offset)"
        case .duplicateKey(let key): "the key “\(key)” is there twice"
        case .missingField(let tensor, let field): "the tensor “\(tensor)” has no field “\(field)”"
        case .unknownField(let tensor, let field): "the tensor “\(tensor)” has an unknown field “\(field)”"
        case .unknownType(let tensor, let type, let nearest):
            "the tensor “\(tensor)” has the unknown type “\(type)”" + StorageError.suggestion(nearest)
        case .impossibleShape(let tensor, let shape): "the tensor “\(tensor)” cannot have the shape \(shape)"
        case .offsetsOutOfRange(let tensor, let begin, let end, let available):
            "the tensor “\(tensor)” is said to be at bytes \(begin) to \(end) of \(available)"
        case .sizeMismatch(let tensor, let needed, let given):
            "the tensor “\(tensor)” needs \(needed) bytes by its shape and type, but has \(given)"
        case .overlap(let tensor, let begin, let previousEnd):
            "the tensor “\(tensor)” begins at byte \(begin), inside another one that ends at \(previousEnd)"
        case .gap(let tensor, let begin, let previousEnd):
            "the tensor “\(tensor)” begins at byte \(begin), but the one before it ends at \(previousEnd)"
        case .trailingBytes(let count): "\(count) bytes follow its last tensor"
        case .reservedName(let name): "no tensor may be called “\(name)”"
        }
    }
}

extension ArchiveProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAnArchive:
            "it is not a zip archive, or its end is missing; fetch it again or save it with torch.save"
        case .oldFormat: "it is in the format before PyTorch 1.6; load it in PyTorch and save it again"
        case .unsupportedFeature(let feature): "it uses \(feature); save it again with torch.save"
        case .outOfBounds(let part): "its \(part) lies outside the file; \(Self.again)"
        case .duplicateEntry(let name): "the entry “\(name)” is there twice; \(Self.again)"
        case .unsafeName(let name): "the entry name “\(name)” is not allowed; save it again with torch.save"
        case .overlappingEntry(let name): "the entry “\(name)” overlaps another one; \(Self.again)"
        case .brokenEntry(let name): "the entry “\(name)” is damaged; \(Self.again)"
        case .wrongChecksum(let entry): "the checksum of the entry “\(entry)” is wrong; \(Self.again)"
        case .missingEntry(let name): "the entry “\(name)” is missing; save it with torch.save"
        case .bigEndian: "its numbers are big-endian; save it again on a little-endian machine"
        case .truncatedPickle(let offset): "its pickle ends too early, at byte \(offset); \(Self.again)"
        case .unsupportedOpcode(let opcode, let offset):
            "its pickle has the unsupported opcode 0x\(String(opcode, radix: 16)) at byte \(offset); \(Self.plain)"
        case .forbiddenGlobal(let name): "it holds “\(name)”, which is not allowed as it may run code; \(Self.plain)"
        case .unexpectedValue(let expected, let offset):
            "its pickle lacks \(expected) before byte \(offset); \(Self.again)"
        case .integerOutOfRange(let offset):
            "its pickle has an integer of more than 64 bits before byte \(offset); \(Self.plain)"
        case .cyclicValue: "it holds a value that contains itself; \(Self.plain)"
        case .tooDeep(let limit): "its values are nested more than \(limit) deep; \(Self.plain)"
        case .tooLarge(let limit): "it holds more than \(limit) values; \(Self.plain)"
        case .longPickle(let count, let limit): "its pickle of \(count) bytes is longer than \(limit); \(Self.plain)"
        case .duplicateKey(let key): "a dictionary has the key \(key) twice; \(Self.plain)"
        case .storageMismatch(let key, let needed, let given):
            "the storage “\(key)” has \(given) bytes instead of \(needed); \(Self.again)"
        case .impossibleTensor(let shape, let strides, let offset, let storageCount):
            "a tensor of shape \(shape), strides \(strides) and offset \(offset) does not fit its storage of "
                + "\(storageCount) elements; save an expanded tensor after calling contiguous()"
        case .clashingNames(let name): "two tensors get the name “\(name)”; rename one of them"
        }
    }

    private static let again = "fetch or save it again"
    private static let plain = "load it in PyTorch and save only its tensors (its state_dict)"
}
