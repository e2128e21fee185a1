import M3DTTensor

// Legend: B rows, P prompt steps, K context steps, D width, A action.

extension PromptDT {
    /// Predicts the action of the last step of the context, and computes nothing that this one does not need.
    ///
    /// Equals the last step of ``actions(_:branch:_:)`` up to rounding. The last action token is left out, since it comes after
    /// the state token that the action is read from; and in the last block only that state token goes on.
    ///
    /// Shapes: `history` of B rows and any number of steps, `prompt` of B rows; result [B, A], float32, in -1 ... 1.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func nextAction(
        after history: StepTensors, prompt: PromptCache?, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        let count = configuration.tokensPerStep * history.mask.shape[1] - 1
        let tokens = try contextTokens(history, context).narrowed(1, 0..<count)
        var mask = try tokenMask(history).narrowed(1, 0..<count)
        if let prompt { mask = try .concatenated([prompt.tokenMask, mask], dimension: 1) }
        let (output, _) = try transformer(
            tokens, outputs: .last(1), keyMask: mask, past: prompt.map { [$0.keyValues] } ?? [], branch: branch, context
        )
        return try action(from: output.reshaped([output.shape[0], output.shape[2]]), context)
    }
}
