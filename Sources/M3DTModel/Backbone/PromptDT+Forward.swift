import M3DTTensor

// Legend: B rows, P prompt steps, K context steps, D width, S state, A action.

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
    /// Predicts the action of every step of the context, from the token before it.
    ///
    /// Shapes: result [B, K, A], float32, in -1 ... 1.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func actions(
        _ input: ModelInput, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        let place = configuration.tokensPerStep - 2
        let output = try hidden(input, places: place..<place + 1, branch: branch, context)
        return try action(from: token(0, of: output), context)
    }

    /// The mean squared error of the predicted actions.
    public func loss(
        _ input: ModelInput, actionMask: Tensor, parts: Int?, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor {
        try actionLoss(
            predicted: actions(input, branch: branch, context), target: input.context.actions,
            stepMask: input.context.mask, dimensionMask: actionMask, parts: parts)
    }

    /// Predicts actions, and states and returns as well, with heads that training leaves alone.
    ///
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func predictions(
        _ input: ModelInput, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Predictions {
        let output = try hidden(input, branch: branch, context)
        let actionToken = try token(configuration.tokensPerStep - 1, of: output)
        return try Predictions(
            actions: action(from: token(configuration.tokensPerStep - 2, of: output), context),
            states: stateHead(actionToken, context).converted(to: .float32),
            returns: returnHead(actionToken, context).converted(to: .float32))
    }

    /// Tokens of the recent history.
    public func contextTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        try contextNorm(contextEmbedding(steps, context))
    }

    /// Tokens of a prompt; unlike the context's they are not normalised.
    public func promptTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        try promptEmbedding(steps, context)
    }

    /// Reads actions from the hidden states of state tokens, [..., D] to [..., A].
    func action(from stateToken: Tensor, _ context: ForwardContext) throws -> Tensor {
        try actionHead(stateToken, context).converted(to: .float32).tanh()
    }

    /// One of the tokens of every step, [B, K, D].
    private func token(_ index: Int, of hidden: Tensor) throws -> Tensor {
        let shape = hidden.shape
        return try hidden.narrowed(2, index..<index + 1).reshaped([shape[0], shape[1], shape[3]])
    }
}
