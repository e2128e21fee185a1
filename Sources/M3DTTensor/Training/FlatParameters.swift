/// The weights under training in one contiguous buffer, and their gradients in another.
///
/// One buffer makes the optimiser step, the gradient norm, the zeroing and a sum over processes one operation each.
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class FlatParameters {
    /// The weights, in the order of the buffers.
    public let parameters: [NamedParameter]
    /// Where each weight lies in the buffers, in the order of ``parameters``.
    public let ranges: [Range<Int>]
    /// All numbers, float32, one dimension.
    public let values: Tensor
    /// All gradients, float32, one dimension.
    public let gradients: Tensor

    /// Moves the weights into one buffer and starts to collect their gradients.
    ///
    /// - Precondition: No weight is there twice.
    public init(_ parameters: [NamedParameter]) throws {
        precondition(
            Set(parameters.map { ObjectIdentifier($0.parameter) }).count == parameters.count,
            "a weight is there twice")
        var ranges: [Range<Int>] = []
        for named in parameters {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + named.parameter.value.count)
        }
        let device = parameters.first?.parameter.value.device ?? .cpu
        let count = ranges.last?.upperBound ?? 0
        values = try .zeros([count], device: device)
        gradients = try .zeros([count], device: device)
        self.parameters = parameters
        self.ranges = ranges
        for (named, range) in zip(parameters, ranges) {
            let shape = named.parameter.value.shape
            try named.parameter.train(
                in: values.narrowed(0, range).reshaped(shape), gradient: gradients.narrowed(0, range).reshaped(shape))
        }
    }

    /// The number of single numbers.
    public var count: Int { ranges.last?.upperBound ?? 0 }

    /// Sets all gradients to zero.
    public func zeroGradients() throws {
        try gradients.fill(0)
    }

    /// Stops training: the weights keep their numbers and collect no gradients any more.
    public func freeze() throws {
        for named in parameters { try named.parameter.freeze() }
    }
}
