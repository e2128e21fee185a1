/// Why work on tensors could not be done.
public enum TensorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An operation refused its inputs; `shapes` are theirs, in order.
    case operation(name: String, shapes: [[Int]], message: String)
    /// The number of elements does not fill the shape.
    case elementCount(found: Int, shape: [Int])
    /// A tensor has another element type than the one asked for.
    case elementType(expected: String, found: String)
    /// A device name that means nothing.
    case unknownDevice(String)
    /// A device that this machine or this build does not have.
    case deviceUnavailable(name: String, available: [String])
    /// A file lacks a weight that the model has.
    case missingWeight(name: String, file: String)
    /// A file holds a weight that the model does not have.
    case unexpectedWeight(name: String, file: String)
    /// A weight in a file has another shape than the model's.
    case weightShape(name: String, expected: [Int], found: [Int], file: String)
    /// A number that training needs is not finite.
    case notFinite(what: String)

    /// What was refused and what to do about it.
    public var description: String {
        switch self {
        case .operation(let name, let shapes, let message):
            shapes.isEmpty
                ? "\(name) failed: \(message)"
                : "\(name) failed on \(shapes.map(\.description).joined(separator: ", ")): \(message)"
        case .elementCount(let found, let shape):
            "\(found) numbers do not fill the shape \(shape), which takes \(shape.reduce(1, *))"
        case .elementType(let expected, let found):
            "a tensor of \(expected) is needed, this one holds \(found); convert it first"
        case .unknownDevice(let name): "unknown device '\(name)'; devices are cpu, cuda, cuda:0, cuda:1 and so on, mps"
        case .deviceUnavailable(let name, let available):
            "device '\(name)' is not available here; available: \(available.joined(separator: ", "))"
        case .missingWeight(let name, let file): "\(file) lacks the weight '\(name)'; it belongs to another model"
        case .unexpectedWeight(let name, let file):
            "\(file) holds '\(name)', which this model does not have; it belongs to another model"
        case .weightShape(let name, let expected, let found, let file):
            "\(file): weight '\(name)' has shape \(found), this model's has \(expected); the sizes in the configuration differ"
        case .notFinite(let what):
            "\(what) is not finite; lower the learning rate, or look for damaged data"
        }
    }
}
