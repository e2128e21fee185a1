/// Why a file could not be read or written.
///
/// Every case but that of a picture names the file; the description adds what to do about it.
public enum StorageError: Error, Sendable, Equatable {
    // The file system.
    case missingFile(path: String)
    case missingFolder(path: String)
    case notAFile(path: String)
    case notAFolder(path: String)
    case emptyFile(path: String)
    case notPermitted(path: String)
    case readOnly(path: String)
    case diskFull(path: String)
    /// Any other error of the operating system: what was tried and its `errno`.
    case system(path: String, operation: String, code: Int32)

    // Safetensors files.
    case malformedSafetensors(path: String, problem: SafetensorsProblem)
    case unwritableSafetensors(path: String, problem: SafetensorsProblem)
    case unknownTensor(name: String, path: String, nearest: String?)
    case otherElementType(name: String, path: String, stored: ElementType, requested: ElementType)

    // PyTorch files and pictures.
    case malformedArchive(path: String, problem: ArchiveProblem)
    case impossiblePicture(width: Int, height: Int, byteCount: Int)
}
