import CTorchBridge

/// Reductions over the given dimensions, or over all of them where none is given.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// The sum.
    public func sum(_ dimensions: [Int] = [], keep: Bool = false) throws -> Tensor {
        try reduced("sum", M3DT_SUM, dimensions, keep)
    }

    /// The arithmetic mean.
    public func mean(_ dimensions: [Int] = [], keep: Bool = false) throws -> Tensor {
        try reduced("mean", M3DT_MEAN, dimensions, keep)
    }

    /// The largest element.
    public func max(_ dimensions: [Int] = [], keep: Bool = false) throws -> Tensor {
        try reduced("max", M3DT_MAX, dimensions, keep)
    }

    /// The smallest element.
    public func min(_ dimensions: [Int] = [], keep: Bool = false) throws -> Tensor {
        try reduced("min", M3DT_MIN, dimensions, keep)
    }

    /// The `k` largest elements along a dimension, largest first, and where they are (int64).
    public func topK(_ k: Int, dimension: Int = -1) throws -> (values: Tensor, indices: Tensor) {
        var values: OpaquePointer?
        var indices: OpaquePointer?
        let status = m3dt_top_k(handle, Int64(k), Int64(dimension), &values, &indices)
        try Tensor.check("top \(k)", [self], status)
        return (Tensor(owning: values!), Tensor(owning: indices!))
    }

    /// Every element is finite.
    public func allFinite() throws -> Bool {
        try count == 0 || isFinite().min().scalar() == 1
    }

    private func reduced<Code: BinaryInteger>(
        _ name: String, _ code: Code, _ dimensions: [Int], _ keep: Bool
    ) throws -> Tensor {
        let dimensions = dimensions.isEmpty ? Array(0..<rank) : dimensions
        return try .make(name, [self]) { out in
            dimensions.withInt64 { m3dt_reduce(Int32(code), handle, $0, $1, keep, out) }
        }
    }
}
