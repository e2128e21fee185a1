import M3DTModel

/// What a pass through the model has left for the next steps of the episodes that were in it.
final class RecentTokens {
    let cache: RollingCache

    init(_ cache: RollingCache) { self.cache = cache }

    /// An episode's part of it.
    struct Row {
        let pass: RecentTokens
        let row: Int
    }

    /// What several episodes have, together; nothing where none has any.
    ///
    /// Mostly the same episodes are in a pass as in the one before it, whose tensors then serve as they are.
    /// - Throws: ``TensorError`` where memory runs out.
    static func joined(_ rows: [Row?]) throws -> RollingCache? {
        guard let first = rows.lazy.compactMap(\.self).first else { return nil }
        let pass = first.pass
        let isWhole = rows.enumerated().allSatisfy { $1?.pass === pass && $1?.row == $0 }
        if isWhole, rows.count == pass.cache.rows { return pass.cache }
        let empty = try pass.cache.emptyRow()
        return try .joined(rows.map { try $0.map { try $0.pass.cache.row($0.row) } ?? empty })
    }
}
