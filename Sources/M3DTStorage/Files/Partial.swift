import Foundation
import Synchronization

/// An unfinished file or folder beside the one that it is to replace.
///
/// Its name is `.NAME.PROCESS-NUMBER.partial`. Its maker keeps it locked, and the system drops the lock when that process
/// ends, however it ends; so whatever of this name is not locked was left behind and may be removed.
struct Partial {
    enum Kind { case file, folder }

    let path: String
    let descriptor: Descriptor

    private static let number = Atomic<Int>(0)

    /// Makes and locks an unfinished file or folder for a target, and removes those that killed processes left.
    ///
    /// - Throws: ``StorageError`` if the target's folder is missing or cannot be written to.
    init(for target: String, kind: Kind) throws {
        Self.removeAbandoned(for: target)
        while true {
            let number = Self.number.add(1, ordering: .relaxed).newValue
            let path = Self.prefix(of: target) + "\(getpid())-\(number)" + Self.suffix
            guard let descriptor = try Self.make(path, kind: kind, target: target) else { continue }
            // Another process may have locked and removed it before it was locked here: then try the next name.
            let locked = flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
            if locked, try descriptor.status().st_nlink > 0 {
                self.path = path
                self.descriptor = descriptor
                return
            }
        }
    }

    private static func make(_ path: String, kind: Kind, target: String) throws -> Descriptor? {
        var number: Int32
        switch kind {
        case .file: number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        case .folder:
            number = mkdir(path, 0o777)
            if number == 0 {
                number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                if number < 0, errno == ENOENT { return nil }
            }
        }
        if number >= 0 { return Descriptor(number: number, path: target) }
        if errno == EEXIST { return nil }
        throw StorageError.writing(target, operation: "creating")
    }

    /// Removes the unfinished files and folders of a target that no living process holds.
    static func removeAbandoned(for target: String) {
        let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
        let start = URL(fileURLWithPath: prefix(of: target)).lastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where isPartial(name, start: start) {
            let path = folder + "/" + name
            guard let descriptor = try? Descriptor(reading: path) else { continue }
            if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    private static let suffix = ".partial"

    private static func prefix(of target: String) -> String {
        let url = URL(fileURLWithPath: target)
        return url.deletingLastPathComponent().path + "/." + url.lastPathComponent + "."
    }

    private static func isPartial(_ name: String, start: String) -> Bool {
        guard name.hasPrefix(start), name.hasSuffix(suffix), name.count > start.count + suffix.count else {
            return false
        }
        let numbers = name.dropFirst(start.count).dropLast(suffix.count).split(separator: "-")
        return numbers.count == 2 && numbers.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }
}
