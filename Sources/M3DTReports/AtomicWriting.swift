import Foundation
import M3DTStorage

/// Writes a file in one step and makes its folder where it is missing.
///
/// - Throws: ``ReportError/file(path:operation:reason:)`` for the folder, `StorageError` for the file.
func writeAtomically(_ data: Data, to url: URL) throws {
    let folder = url.deletingLastPathComponent()
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
        throw ReportError.file(path: folder.path, operation: "make the folder", reason: reason(of: error))
    }
    try AtomicFile.write(data, to: url)
}
