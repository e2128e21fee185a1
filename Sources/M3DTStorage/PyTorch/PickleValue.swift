/// A value read from a pickle: tensors, numbers, texts and what holds them together.
public indirect enum PickleValue: Sendable, Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case list([PickleValue])
    case tuple([PickleValue])
    /// A dictionary, ordered or not, in the order of the file.
    case dictionary([PickleItem])
    case tensor(PyTorchTensor)

    /// The value of a text key, if this is a dictionary that has it.
    public subscript(key: String) -> PickleValue? {
        guard case .dictionary(let items) = self else { return nil }
        return items.first { $0.key == .string(key) }?.value
    }

    /// The value as part of a name or a message, if it is the key of a dictionary.
    var keyText: String {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        default: "\(self)"
        }
    }
}

/// A key and its value in a pickled dictionary.
public struct PickleItem: Sendable, Hashable {
    public let key: PickleValue
    public let value: PickleValue

    public init(key: PickleValue, value: PickleValue) {
        self.key = key
        self.value = value
    }
}
