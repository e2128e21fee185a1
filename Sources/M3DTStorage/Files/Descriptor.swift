import Foundation

/// An open file or folder that is closed with the object.
final class Descriptor {
    let path: String
    let number: Int32

    /// Takes over an open descriptor.
    init(number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    /// Opens a file or folder for reading.
    ///
    /// - Throws: ``StorageError`` if it is missing or may not be read.
    convenience init(reading path: String) throws {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw StorageError.reading(path, operation: "opening") }
        self.init(number: number, path: path)
    }

    deinit { close(number) }

    /// The kind, size and links of what is open.
    func status() throws -> stat {
        var result = stat()
        guard fstat(number, &result) == 0 else { throw StorageError.reading(path, operation: "examining") }
        return result
    }

    /// Fills a buffer from the current position on and returns the number of bytes read, zero at the end.
    func read(into buffer: inout [UInt8]) throws -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { Foundation.read(number, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno != EINTR { throw StorageError.reading(path, operation: "reading") }
        }
    }

    /// Writes all the bytes at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(number, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
                throw StorageError.writing(path, operation: "writing")
            }
        }
    }

    /// Waits until the contents are on the disk.
    func synchronize() throws {
        guard fsync(number) == 0 else { throw StorageError.writing(path, operation: "saving") }
    }

    /// Waits until the names in the folder of a path are on the disk, so that a renaming outlasts a loss of power.
    ///
    /// Some network file systems refuse this (`EINVAL`) as their servers see to it.
    static func synchronizeFolder(of path: String) throws {
        let folder = try Descriptor(reading: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        guard fsync(folder.number) == 0 || errno == EINVAL else {
            throw StorageError.writing(path, operation: "saving")
        }
    }
}
