import M3DTTensor

/// How fast this machine multiplies matrices, measured on the product that the model's feed-forward networks need.
public enum MatrixPeak {
    /// Operations per second of a 1200 x 256 by 256 x 1024 product, the best of several tries.
    ///
    /// - Throws: `TensorError` where an operation fails.
    public static func measure(_ precision: Precision) throws -> Double {
        let (rows, inner, columns) = (1200, 256, 1024)
        func ones(_ shape: [Int]) throws -> Tensor {
            try Tensor.full(1, shape: shape, type: precision.elementType)
        }
        let (left, right) = (try ones([rows, inner]), try ones([inner, columns]))
        let clock = ContinuousClock()
        return try Gradients.off {
            var best = Double.infinity
            for _ in 0..<60 {
                let start = clock.now
                _ = try left.matmul(right)
                best = min(best, (clock.now - start).inSeconds)
            }
            return 2 * Double(rows * inner * columns) / best
        }
    }
}
