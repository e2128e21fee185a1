import Foundation

/// Folders that hold a program's results.
public enum Folder {
    /// Makes a folder, and the folders above it, where they are not there yet.
    ///
    /// - Throws: ``StorageError`` if a file is in the way or the folder above cannot be written to.
    public static func create(_ url: URL) throws {
        let path = url.standardizedFileURL.path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw StorageError.notAFolder(path: path) }
            return
        }
        try create(URL(fileURLWithPath: path).deletingLastPathComponent())
        // Another process may have made it in the meantime.
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw StorageError.writing(path, operation: "creating")
        }
    }
}
