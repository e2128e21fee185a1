import M3DTTensor

extension Tensor {
    /// What came before, if anything, and then what is new.
    static func joined(_ past: Tensor?, _ new: Tensor, dimension: Int) throws -> Tensor {
        guard let past else { return new }
        return try .concatenated([past, new], dimension: dimension)
    }

    /// The last entries of a dimension; the tensor itself where that is all of them, so that training has nothing to record.
    func last(_ count: Int, of dimension: Int) throws -> Tensor {
        let size = shape[dimension]
        return count == size ? self : try narrowed(dimension, size - count..<size)
    }
}
