import Foundation

extension StorageError {
    /// The error for `errno` after a failed attempt to read a path.
    static func reading(_ path: String, operation: String, code: Int32 = errno) -> StorageError {
        switch code {
        case ENOENT, ENOTDIR: .missingFile(path: path)
        case EISDIR: .notAFile(path: path)
        default: common(path, operation: operation, code: code)
        }
    }

    /// The error for `errno` after a failed attempt to write or replace a path.
    static func writing(_ path: String, operation: String, code: Int32 = errno) -> StorageError {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return switch code {
        case ENOENT: .missingFolder(path: folder)
        case ENOTDIR: .notAFolder(path: folder)
        case EISDIR: .notAFile(path: path)
        default: common(path, operation: operation, code: code)
        }
    }

    private static func common(_ path: String, operation: String, code: Int32) -> StorageError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EACCES, EPERM: .notPermitted(path: path)
        case EROFS: .readOnly(path: path)
        default: .system(path: path, operation: operation, code: code)
        }
    }
}
