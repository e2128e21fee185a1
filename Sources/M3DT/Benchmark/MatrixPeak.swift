import M3DTRandom
import M3DTTensor

/// How fast this machine multiplies matrices, measured on the product that the model's feed-forward networks need.
public enum MatrixPeak {
    /// Operations per second of a 1200 x 256 by 256 x 1024 product, the best of several tries.
    ///
    /// On a GPU it is one of 8192 x 8192 matrices, repeated until that takes long enough to be timed from outside.
    /// - Throws: `TensorError` where an operation fails.
    public static func measure(_ precision: Precision, on device: Device = .cpu) throws -> Double {
        if device != .cpu { return try measureDevice(precision, device) }
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

    /// Random numbers, since zeros and ones cost a GPU less.
    private static func measureDevice(_ precision: Precision, _ device: Device) throws -> Double {
        let size = device == .rehearsal ? 64 : 8192
        var stream = RandomStream(seed: 0)
        let matrix = try Tensor.normal([size, size], stream: &stream, device: device)
            .converted(to: precision.elementType)
        let clock = ContinuousClock()
        return try Gradients.off {
            var best = Double.infinity
            for _ in 0..<4 {
                let start = clock.now
                for _ in 0..<9 { _ = try matrix.matmul(matrix) }
                // Reading one number waits for all products.
                _ = try matrix.matmul(matrix).narrowed(0, 0..<1).narrowed(1, 0..<1).scalar()
                best = min(best, (clock.now - start).inSeconds / 10)
            }
            return 2 * Double(size * size * size) / best
        }
    }
}
