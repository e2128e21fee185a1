import M3DTTensor

// Legend: B rows, P prompt steps, K context steps, T = 3 (P + K) tokens, D width, S state, A action.

/// What the model says about each step of the context.
public struct Predictions {
    /// [B, K, A], in -1 ... 1, read from the state tokens.
    public let actions: Tensor
    /// [B, K, S], read from the action tokens by a head that is not trained.
    public let states: Tensor
    /// [B, K, 1], likewise.
    public let returns: Tensor
}

extension PromptDT {
    /// Predicts the action of every step of the context.
    ///
    /// Shapes: result [B, K, A], float32, in -1 ... 1.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func actions(
        _ input: ModelInput, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        try action(from: token(1, of: hidden(input, branch: branch, context)), context)
    }

    /// Predicts actions, and states and returns as well, with heads that training leaves alone.
    ///
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func predictions(
        _ input: ModelInput, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Predictions {
        let output = try hidden(input, branch: branch, context)
        let actionToken = try token(2, of: output)
        return try Predictions(
            actions: action(from: token(1, of: output), context),
            states: stateHead(actionToken, context).converted(to: .float32),
            returns: returnHead(actionToken, context).converted(to: .float32))
    }

    /// The last hidden states of the context's tokens, [B, K, 3, D].
    private func hidden(_ input: ModelInput, branch: BranchPass?, _ context: ForwardContext) throws -> Tensor {
        var tokens = try contextTokens(input.context, context)
        var mask = try tokenMask(input.context)
        if let prompt = input.prompt {
            tokens = try .concatenated([promptTokens(prompt, context), tokens], dimension: 1)
            mask = try .concatenated([tokenMask(prompt), mask], dimension: 1)
        }
        let (output, _) = try transform(tokens, keyMask: mask, past: nil, branch: branch, context)
        let (rows, steps, width) = (tokens.shape[0], input.context.mask.shape[1], tokens.shape[2])
        return try output.narrowed(1, tokens.shape[1] - 3 * steps..<tokens.shape[1])
            .reshaped([rows, steps, 3, width])
    }

    /// Runs tokens through all blocks.
    ///
    /// Shapes: `tokens` [B, T, D], `keyMask` [B, Tk] for the tokens of `past` and then these; result [B, Tq, D], and each
    /// block's keys and values of all Tk tokens.
    /// - Parameter outputs: Tq; only the last tokens are wanted at the end, so the last block leaves out the others. Default:
    ///   all T.
    func transform(
        _ tokens: Tensor, outputs: Int? = nil, keyMask: Tensor, past: [KeyValues]?, branch: BranchPass?,
        _ context: ForwardContext
    ) throws -> (Tensor, [KeyValues]) {
        let count = tokens.shape[1]
        let mask = try AttentionMask(keyMask: keyMask, queries: count)
        var stream = try context.dropout(tokens, configuration.dropout)
        var keyValues: [KeyValues] = []
        for (index, block) in blocks.enumerated() {
            let queries = index == blocks.count - 1 ? outputs ?? count : count
            let (output, seen) = try block(
                stream, queries: queries, mask: mask.last(queries), past: past?[index], branch: branch, context)
            stream = output
            keyValues.append(seen)
        }
        return (try finalNorm(stream), keyValues)
    }

    /// Tokens of the recent history, [B, 3K, D].
    func contextTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        try contextNorm(contextEmbedding(steps, context))
    }

    /// Tokens of a prompt, [B, 3P, D]; unlike the context's they are not normalised.
    func promptTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        try promptEmbedding(steps, context)
    }

    /// Whether each token is real, [B, 3K], from whether each step is.
    func tokenMask(_ steps: StepTensors) throws -> Tensor {
        let (rows, count) = (steps.mask.shape[0], steps.mask.shape[1])
        return try steps.mask.reshaped([rows, count, 1]).expanded([rows, count, 3]).reshaped([rows, 3 * count])
    }

    /// Reads actions from the hidden states of state tokens, [..., D] to [..., A].
    func action(from stateToken: Tensor, _ context: ForwardContext) throws -> Tensor {
        try actionHead(stateToken, context).converted(to: .float32).tanh()
    }

    /// One of the three tokens of every step, [B, K, D].
    private func token(_ index: Int, of hidden: Tensor) throws -> Tensor {
        let shape = hidden.shape
        return try hidden.narrowed(2, index..<index + 1).reshaped([shape[0], shape[1], shape[3]])
    }
}
