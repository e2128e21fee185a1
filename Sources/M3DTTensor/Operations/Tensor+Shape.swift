import CTorchBridge

/// Other views of the same elements, and tensors joined together.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// The same elements in another shape; one size may be -1 and is then computed.
    public func reshaped(_ shape: [Int]) throws -> Tensor {
        try .make("reshaping to \(shape)", [self]) { out in
            shape.withInt64 { m3dt_reshape(handle, $0, $1, out) }
        }
    }

    /// A view with the dimensions in another order.
    public func permuted(_ order: [Int]) throws -> Tensor {
        try .make("permuting to \(order)", [self]) { out in
            order.withInt64 { m3dt_permute(handle, $0, $1, out) }
        }
    }

    /// A view that repeats dimensions of size 1.
    public func expanded(_ shape: [Int]) throws -> Tensor {
        try .make("expanding to \(shape)", [self]) { out in
            shape.withInt64 { m3dt_expand(handle, $0, $1, out) }
        }
    }

    /// A view of the indices `range` of one dimension.
    public func narrowed(_ dimension: Int, _ range: Range<Int>) throws -> Tensor {
        try .make("narrowing dimension \(dimension) to \(range)", [self]) {
            m3dt_narrow(handle, Int64(dimension), Int64(range.lowerBound), Int64(range.count), $0)
        }
    }

    /// The given indices (int64, one dimension) of one dimension, in their order.
    public func selected(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
        try .make("selecting along dimension \(dimension)", [self, indices]) {
            m3dt_index_select(handle, Int64(dimension), indices.handle, $0)
        }
    }

    /// The same elements, contiguous in memory; the tensor itself where it is so already.
    public func contiguous() throws -> Tensor {
        try .make("making contiguous", [self]) { m3dt_contiguous(handle, $0) }
    }

    /// Joins tensors along one of their dimensions.
    public static func concatenated(_ tensors: [Tensor], dimension: Int) throws -> Tensor {
        try joined("concatenating", tensors, dimension, m3dt_concatenate)
    }

    /// Joins tensors of one shape along a new dimension.
    public static func stacked(_ tensors: [Tensor], dimension: Int) throws -> Tensor {
        try joined("stacking", tensors, dimension, m3dt_stack)
    }

    private typealias Join = (
        UnsafePointer<OpaquePointer?>?, Int, Int64, UnsafeMutablePointer<OpaquePointer?>?
    ) -> m3dt_status

    private static func joined(_ name: String, _ tensors: [Tensor], _ dimension: Int, _ join: Join) throws -> Tensor {
        let handles = tensors.map { Optional($0.handle) }
        return try make("\(name) along dimension \(dimension)", tensors) { out in
            handles.withUnsafeBufferPointer { join($0.baseAddress, $0.count, Int64(dimension), out) }
        }
    }
}
