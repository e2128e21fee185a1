/// What is wrong with a PyTorch file.
public enum ArchiveProblem: Error, Sendable, Equatable {
    // The zip archive.
    case notAnArchive
    /// A file as PyTorch wrote it before version 1.6.
    case oldFormat
    case unsupportedFeature(String)
    /// A part of the archive is said to be where the file has no bytes.
    case outOfBounds(part: String)
    case duplicateEntry(String)
    case unsafeName(String)
    case overlappingEntry(String)
    case brokenEntry(String)
    case wrongChecksum(entry: String)
    case missingEntry(String)
    case bigEndian

    // The pickle; offsets count bytes from its start.
    case truncatedPickle(offset: Int)
    case unsupportedOpcode(UInt8, offset: Int)
    case forbiddenGlobal(String)
    case unexpectedValue(expected: String, offset: Int)
    case integerOutOfRange(offset: Int)
    case cyclicValue
    case tooDeep(limit: Int)
    case tooLarge(limit: Int)
    case longPickle(count: Int, limit: Int)
    case duplicateKey(String)

    // The tensors.
    case storageMismatch(key: String, needed: Int, given: Int)
    case impossibleTensor(shape: [Int], strides: [Int], offset: Int, storageCount: Int)
    /// Two entries of nested dictionaries get the same name when the keys are joined.
    case clashingNames(String)
}
