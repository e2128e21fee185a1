import Foundation

extension CSVTable {
    /// A file's rows with these in place of those that agree with them in some columns; what is new comes at the end.
    ///
    /// Where there is no file yet, it is this table as it is.
    /// - Throws: ``ReportError`` where the file cannot be read or has other columns.
    public func replacing(in url: URL, by keys: [String]) throws -> CSVTable {
        guard FileManager.default.fileExists(atPath: url.path) else { return self }
        let before = try CSVTable(contentsOf: url)
        guard before.columns == columns else {
            throw ReportError.malformed(
                file: url.path, line: 1,
                reason: "its columns are not \(columns.joined(separator: ", ")); move it away to begin a new one")
        }
        let places = keys.compactMap(columns.firstIndex)
        precondition(places.count == keys.count, "the table has no columns \(keys)")
        func key(_ row: [String]) -> [String] { places.map { row[$0] } }
        let own = Dictionary(rows.map { (key($0), $0) }) { $1 }
        let known = Set(before.rows.map(key))
        return try CSVTable(
            columns: columns,
            rows: before.rows.map { own[key($0)] ?? $0 } + rows.filter { !known.contains(key($0)) }, name: url.path)
    }
}
