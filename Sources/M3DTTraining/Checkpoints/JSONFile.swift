import Foundation
import M3DTStorage

/// Small values as readable files.
enum JSONFile {
    /// Replaces a file atomically.
    ///
    /// - Throws: ``StorageError`` where it cannot be written.
    static func write(_ value: some Encodable, to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(value), to: url)
    }

    /// - Throws: ``StorageError`` where the file is missing, ``TrainingError/damagedFile(file:problem:)`` where it holds something
    ///   else.
    static func read<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
        let data = try MappedFile(url).withUnsafeBytes { Data($0) }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw TrainingError.damagedFile(file: url.path, problem: "it does not hold what this program writes there")
        }
    }
}
