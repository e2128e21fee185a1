/// Finds the name that a mistyped one was probably meant to be.
enum NearestName {
    /// The most similar candidate, or nil where none is similar (more than a third of the letters differ).
    static func find(_ name: String, among candidates: [String]) -> String? {
        let nearest = candidates.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
        guard let nearest, 3 * nearest.1 <= max(name.count, 3) else { return nil }
        return nearest.0
    }

    /// How many letters must be put in, taken out or changed to get from one word to the other (Levenshtein).
    static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (i, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in second.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}
