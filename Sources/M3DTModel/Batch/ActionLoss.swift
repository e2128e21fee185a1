import M3DTTensor

/// The mean squared error of predicted actions over the valid dimensions of the unmasked steps.
///
/// Shapes: `predicted` and `target` [B, K, A], `stepMask` [B, K] and `dimensionMask` [B, A] of zeros and ones; the result is one
/// number, or one for each part.
/// - Parameter parts: Equal parts of the rows, each with a mean of its own. Default: one mean over all.
/// - Throws: ``TensorError`` where the shapes do not fit together.
///
/// Source: the paper's loss.
public func actionLoss(
    predicted: Tensor, target: Tensor, stepMask: Tensor, dimensionMask: Tensor, parts: Int? = nil
) throws -> Tensor {
    let (rows, steps, width) = (predicted.shape[0], predicted.shape[1], predicted.shape[2])
    let weight = try stepMask.reshaped([rows, steps, 1]) * dimensionMask.reshaped([rows, 1, width])
    let squares = try (predicted - target).square() * weight
    return try squares.sum(ofParts: parts) / weight.sum(ofParts: parts)
}

extension Tensor {
    /// The sum over everything, or over each of equal parts of the rows.
    func sum(ofParts parts: Int?) throws -> Tensor {
        guard let parts else { return try sum() }
        return try reshaped([parts, -1]).sum([1])
    }
}
