/// What is wrong with a safetensors file or with the tensors to be written to one.
public enum SafetensorsProblem: Sendable, Equatable {
    /// The file ends before the header does.
    case truncatedHeader(needed: UInt64, available: Int)
    case headerTooLong(count: UInt64, limit: Int)
    case notUTF8
    /// The header is not JSON of the expected form; the offset counts bytes from its start.
    case unexpectedText(expected: String, offset: Int)
    case duplicateKey(String)
    case missingField(tensor: String, field: String)
    case unknownField(tensor: String, field: String)
    case unknownType(tensor: String, type: String, nearest: String?)
    case impossibleShape(tensor: String, shape: [Int])
    /// A tensor's bytes begin after they end, or end after the file does.
    case offsetsOutOfRange(tensor: String, begin: Int, end: Int, available: Int)
    case sizeMismatch(tensor: String, needed: Int, given: Int)
    case overlap(tensor: String, begin: Int, previousEnd: Int)
    case gap(tensor: String, begin: Int, previousEnd: Int)
    case trailingBytes(count: Int)
    case reservedName(String)
}
