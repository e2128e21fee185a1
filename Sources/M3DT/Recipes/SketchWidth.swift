/// Whether agreement vectors are sketched before they are clustered: in a recipe `none` or a number.
public enum SketchWidth: Codable, Sendable, Equatable {
    /// They are kept whole.
    case none
    /// They are projected onto this many numbers.
    case width(Int)

    /// - Throws: `DecodingError` for anything but `none` and a positive number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let width = try? container.decode(Int.self), width > 0 {
            self = .width(width)
        } else if let word = try? container.decode(String.self), word == "none" {
            self = .none
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be none or a positive number")
        }
    }

    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .none: try container.encode("none")
        case .width(let width): try container.encode(width)
        }
    }

    /// Nothing for vectors that are kept whole.
    var numbers: Int? {
        if case .width(let width) = self { width } else { nil }
    }
}
