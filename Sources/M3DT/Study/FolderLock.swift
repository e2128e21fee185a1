import Foundation
import M3DTStorage

/// Keeps a folder to one process at a time, and to those that it has started: they inherit the lock, and it is free when the
/// last of them has ended.
final class FolderLock {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Parameter patienceSeconds: How long to wait for processes of an earlier study that are still saving.
    /// - Throws: ``StudyError/busy(folder:)`` where another process keeps it, `StorageError` where its file cannot be made.
    init(_ folder: URL, patienceSeconds: Double) throws {
        try Folder.create(folder)
        let path = folder.appendingPathComponent(".lock").path
        descriptor = open(path, O_RDWR | O_CREAT, 0o666)
        guard descriptor >= 0 else { throw StorageError.system(path: path, operation: "opening", code: errno) }
        let limit = Date(timeIntervalSinceNow: patienceSeconds)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard Date() < limit else {
                close(descriptor)
                throw StudyError.busy(folder: folder.path)
            }
            usleep(100_000)
        }
    }

    deinit { close(descriptor) }
}
