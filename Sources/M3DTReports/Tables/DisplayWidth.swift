/// How many columns of a terminal a text takes.
public enum DisplayWidth {
    /// The columns that a text takes: 2 for a wide character (East Asian, emoji), 0 for a mark that joins another.
    public static func of(_ text: String) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// The text, cut off with an ellipsis where it is wider than the given columns.
    public static func cut(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var used = 1
        for character in text {
            used += of(character)
            if used > columns { break }
            kept.append(character)
        }
        return kept + "…"
    }

    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let first = scalars.first, !isInvisible(first) else { return 0 }
        let emoji = scalars.contains { $0.value == 0xFE0F } || first.properties.isEmojiPresentation
        return emoji || wideRanges.contains { $0.contains(first.value) } ? 2 : 1
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: true
        default: false
        }
    }

    /// The blocks whose characters Unicode's East Asian Width calls wide or full-width.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x20000...0x3FFFD,
    ]
}
