import Foundation

/// Any JSON value, for files whose shape belongs to someone else.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``ReportError`` where the file cannot be read or is not JSON.
    static func read(_ url: URL) throws -> JSONValue {
        try JSONFile.read(JSONValue.self, url, else: "not a JSON document")
    }

    subscript(key: String) -> JSONValue? {
        if case .object(let fields) = self { fields[key] } else { nil }
    }

    /// The value as settings: names inside names are joined by a dot.
    func settings(_ prefix: String = "") -> [ReportSetting] {
        if case .object(let fields) = self {
            return fields.sorted { $0.key < $1.key }.flatMap { key, value in
                value.settings(prefix.isEmpty ? key : prefix + "." + key)
            }
        }
        return [ReportSetting(prefix, text)]
    }

    /// The value as people read it.
    var text: String {
        switch self {
        case .null: NumberText.missing
        case .bool(let bool): bool ? "yes" : "no"
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15
                ? "\(Int(number))" : NumberText.significant(number, digits: 6)
        case .text(let text): text
        case .list(let list): list.map(\.text).joined(separator: ", ")
        case .object: settings().map { "\($0.name): \($0.value)" }.joined(separator: ", ")
        }
    }
}
