import Foundation

/// A file that only grows, by whole records.
///
/// Each record goes to the operating system at once. A record that cannot be written in full (a full disk) is taken back, so
/// the file never holds half of one unless the process or the machine dies in between.
struct AppendFile {
    let path: String
    private let handle: FileHandle
    private(set) var length: UInt64

    /// Opens the file at its end; makes it and its folder where they do not exist.
    ///
    /// - Throws: ``ReportError/file(path:operation:reason:)``.
    init(at url: URL) throws {
        path = url.path
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
            handle = try FileHandle(forUpdating: url)
            length = try handle.seekToEnd()
        } catch {
            throw ReportError.file(path: url.path, operation: "open for writing", reason: reason(of: error))
        }
    }

    /// Adds a record at the end.
    ///
    /// - Throws: ``ReportError/file(path:operation:reason:)``; the file is then as it was.
    mutating func append(_ record: Data) throws {
        do {
            try handle.write(contentsOf: record)
            length += UInt64(record.count)
        } catch {
            let failure = ReportError.file(path: path, operation: "write", reason: reason(of: error))
            do { try truncate(to: length) } catch { throw failure }
            throw failure
        }
    }

    /// Cuts the file off.
    ///
    /// - Throws: ``ReportError/file(path:operation:reason:)``.
    mutating func truncate(to newLength: UInt64) throws {
        do {
            try handle.truncate(atOffset: newLength)
            length = newLength
        } catch {
            throw ReportError.file(path: path, operation: "cut off", reason: reason(of: error))
        }
    }
}

/// What the system says, without the layers around it.
func reason(of error: any Error) -> String {
    let error = error as NSError
    if let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(of: inner) }
    if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
    return error.localizedDescription
}
