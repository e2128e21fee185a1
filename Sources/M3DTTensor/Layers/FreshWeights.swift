import M3DTRandom

/// The numbers that weights begin with.
public enum FreshWeights {
    @TaskLocal private static var areDrawn = true

    /// Makes modules whose weights will all be replaced by others: they begin as zeros.
    ///
    /// To draw the weights of a policy with 48 experts of the paper's size takes longer than to read them from its folder.
    /// - Throws: What `make` throws.
    public static func undrawn<Result>(_ make: () throws -> Result) rethrows -> Result {
        try $areDrawn.withValue(false, operation: make)
    }

    /// Normal random numbers; takes one word from the stream, whether they are drawn or not.
    ///
    /// - Throws: ``TensorError`` where there is no memory for them.
    static func normal(_ shape: [Int], deviation: Double = 1, stream: inout RandomStream) throws -> Tensor {
        guard !areDrawn else { return try .normal(shape, deviation: deviation, stream: &stream) }
        _ = stream.next()
        return try .zeros(shape)
    }

    /// Random numbers from -`bound` to `bound`; takes one word from the stream, whether they are drawn or not.
    ///
    /// - Throws: ``TensorError`` where there is no memory for them.
    static func uniform(_ shape: [Int], bound: Double, stream: inout RandomStream) throws -> Tensor {
        guard !areDrawn else { return try .uniform(shape, bound: bound, stream: &stream) }
        _ = stream.next()
        return try .zeros(shape)
    }
}
