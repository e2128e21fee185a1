import M3DTTensor

extension Tensor {
    /// The last entries of a dimension; the tensor itself where that is all of them, so that training has nothing to record.
    func last(_ count: Int, of dimension: Int) throws -> Tensor {
        let size = shape[dimension]
        return count == size ? self : try narrowed(dimension, size - count..<size)
    }
}
