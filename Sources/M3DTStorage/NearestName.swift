/// Finds the name that a mistyped one was probably meant to be.
public enum NearestName {
    /// The candidate that needs the fewest edits, or nil if none is close.
    ///
    /// An edit is one character added, removed, replaced or swapped with its neighbour; a difference in case alone is
    /// free. Close means at most one edit for every three characters. Of equally close names the first is taken.
    public static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased())
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            let limit = max(wanted.count, letters.count) / 3
            guard abs(wanted.count - letters.count) <= limit else { continue }
            let edits = editCount(wanted, letters)
            if edits <= limit, edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// The number of edits between two words (the optimal string alignment distance).
    static func editCount(_ first: [Character], _ second: [Character]) -> Int {
        var older: [Int] = []
        var previous = Array(0...second.count)
        for row in 0..<first.count {
            var current = [row + 1]
            current.reserveCapacity(second.count + 1)
            for column in 0..<second.count {
                var edits = previous[column] + (first[row] == second[column] ? 0 : 1)
                edits = min(edits, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    edits = min(edits, older[column - 1] + 1)
                }
                current.append(edits)
            }
            (older, previous) = (previous, current)
        }
        return previous[second.count]
    }
}
