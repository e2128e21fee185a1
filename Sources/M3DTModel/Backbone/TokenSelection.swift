import M3DTTensor

/// The tokens of a sequence that are wanted: in each of its last steps those at some places.
public struct TokenSelection: Sendable, Equatable {
    /// Steps, counted from the end of the sequence.
    let steps: Int
    /// Tokens of a step.
    let perStep: Int
    /// The tokens of each step that are wanted.
    let places: Range<Int>

    /// The last tokens.
    static func last(_ count: Int) -> TokenSelection { TokenSelection(steps: count, perStep: 1, places: 0..<1) }

    /// How many tokens are wanted.
    var count: Int { steps * places.count }

    /// Nothing is left out between the first token that is wanted and the end.
    var isTail: Bool { places == 0..<perStep }

    /// The wanted entries of a dimension that has one for each token; the tensor itself where that is all of them.
    ///
    /// - Throws: ``TensorError`` where there are fewer tokens than steps hold.
    func callAsFunction(_ tensor: Tensor, dimension: Int) throws -> Tensor {
        let recent = try tensor.last(steps * perStep, of: dimension)
        guard !isTail else { return recent }
        var shape = recent.shape
        let split = Array(shape[..<dimension]) + [steps, perStep] + shape[(dimension + 1)...]
        shape[dimension] = count
        return try recent.reshaped(split).narrowed(dimension + 1, places).reshaped(shape)
    }
}
