/// The weights under training in one contiguous buffer, and their gradients in another.
///
/// One buffer makes the optimiser step, the gradient norm, the zeroing and a sum over processes one operation each.
/// Weights of several equal networks may be trained side by side, each network a part of the buffers: then the first dimension of
/// every weight is the network, and what belongs to one of them lies together, in the order that it would have alone.
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class FlatParameters {
    /// The weights, in the order of the buffers.
    public let parameters: [NamedParameter]
    /// Where each weight lies in a part of the buffers, in the order of ``parameters``.
    public let ranges: [Range<Int>]
    /// How many networks the weights are of; 1 for those of one.
    public let parts: Int
    /// All numbers, float32, one dimension.
    public let values: Tensor
    /// All gradients, float32, one dimension.
    public let gradients: Tensor

    /// Moves the weights into one buffer and starts to collect their gradients.
    ///
    /// - Precondition: No weight is there twice; with several parts, each weight has these as its first dimension.
    public init(_ parameters: [NamedParameter], parts: Int = 1) throws {
        precondition(
            Set(parameters.map { ObjectIdentifier($0.parameter) }).count == parameters.count,
            "a weight is there twice")
        precondition(
            parts == 1 || parameters.allSatisfy { $0.parameter.value.shape.first == parts },
            "a weight is not of \(parts) parts")
        var ranges: [Range<Int>] = []
        for named in parameters {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + named.parameter.value.count / parts)
        }
        let device = parameters.first?.parameter.value.device ?? .cpu
        let count = ranges.last?.upperBound ?? 0
        values = try .zeros([parts * count], device: device)
        gradients = try .zeros([parts * count], device: device)
        self.parameters = parameters
        self.ranges = ranges
        self.parts = parts
        let byPart = try [values, gradients].map { try $0.reshaped([parts, count]) }
        for (named, range) in zip(parameters, ranges) {
            let shape = named.parameter.value.shape
            let places = try byPart.map { try $0.narrowed(1, range).reshaped(shape) }
            try named.parameter.train(in: places[0], gradient: places[1])
        }
    }

    /// The number of single numbers.
    public var count: Int { values.count }

    /// What of a buffer as long as these belongs to each part.
    func split(_ buffer: Tensor) throws -> [Tensor] {
        if parts == 1 { return [buffer] }
        let size = count / parts
        return try (0..<parts).map { try buffer.narrowed(0, $0 * size..<($0 + 1) * size) }
    }

    /// Sets all gradients to zero.
    public func zeroGradients() throws {
        try gradients.fill(0)
    }

    /// Stops training: the weights keep their numbers and collect no gradients any more.
    public func freeze() throws {
        for named in parameters { try named.parameter.freeze() }
    }
}
