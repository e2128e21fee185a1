import Foundation

/// Files of one JSON document.
enum JSONFile {
    /// Reads a file.
    ///
    /// - Parameter expectation: What is said where the file does not hold the type.
    /// - Throws: ``ReportError`` where the file cannot be read or does not hold the type.
    static func read<Value: Decodable>(_ type: Value.Type, _ url: URL, else expectation: String) throws -> Value {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw ReportError.file(path: url.path, operation: "read", reason: reason(of: error))
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw ReportError.malformed(file: url.path, line: 1, reason: expectation)
        }
    }
}
