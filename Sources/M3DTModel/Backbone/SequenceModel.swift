import M3DTRandom
import M3DTTensor

// Legend: B rows, K context steps, P prompt steps, n tokens of a step, D width, A action.

/// A model that learns to act from sequences of steps; which one is made of ``ModelConfiguration/input``.
///
/// Weights of the blocks are named `transformer.…` in all of them.
public protocol SequenceModel: Module {
    var configuration: ModelConfiguration { get }
    var transformer: Transformer { get }
    /// The weights that the loss reaches, and that training therefore moves.
    var trainableParameters: [NamedParameter] { get }

    /// Tokens of the recent history, [B, nK, D].
    ///
    /// - Throws: ``TensorError`` where the steps do not fit the model.
    func contextTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor

    /// Tokens of a prompt, [B, nP, D].
    ///
    /// - Throws: ``TensorError`` where the steps do not fit the model.
    func promptTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor

    /// What training makes small: one number for a batch, or one for each of some parts of it.
    ///
    /// Shapes: `actionMask` [B, A], 1 for a column that the row's task uses; result [] or [parts].
    /// - Parameter parts: Equal parts of the rows, each with a loss of its own; nothing for one loss of all rows.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    func loss(
        _ input: ModelInput, actionMask: Tensor, parts: Int?, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor

    /// Predicts the action of the last step of the context.
    ///
    /// Shapes: `history` of B rows and any number of steps, `prompt` of B rows; result [B, A], float32, in -1 ... 1.
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    func nextAction(
        after history: StepTensors, prompt: PromptCache?, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor
}

extension SequenceModel {
    /// The loss of all rows of a batch, one number.
    ///
    /// - Throws: ``TensorError`` where the shapes do not fit the model.
    public func loss(
        _ input: ModelInput, actionMask: Tensor, branch: BranchPass? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        try loss(input, actionMask: actionMask, parts: nil, branch: branch, context)
    }

    /// Whether each token is real, [B, nK], from whether each step is.
    func tokenMask(_ steps: StepTensors) throws -> Tensor {
        let (rows, count, tokens) = (steps.mask.shape[0], steps.mask.shape[1], configuration.tokensPerStep)
        return try steps.mask.reshaped([rows, count, 1]).expanded([rows, count, tokens])
            .reshaped([rows, tokens * count])
    }

    /// The last hidden states of the context's tokens at some places of each step, [B, K, places, D].
    ///
    /// - Parameter places: Default: all n, and the prompt goes through the last block as well.
    func hidden(
        _ input: ModelInput, places: Range<Int>? = nil, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor {
        var tokens = try contextTokens(input.context, context)
        var mask = try tokenMask(input.context)
        if let prompt = input.prompt {
            tokens = try .concatenated([promptTokens(prompt, context), tokens], dimension: 1)
            mask = try .concatenated([tokenMask(prompt), mask], dimension: 1)
        }
        let (rows, steps, width) = (tokens.shape[0], input.context.mask.shape[1], tokens.shape[2])
        let perStep = configuration.tokensPerStep
        let wanted = places.map { TokenSelection(steps: steps, perStep: perStep, places: $0) }
        let (output, _) = try transformer(tokens, outputs: wanted, keyMask: mask, branch: branch, context)
        return try output.last(steps * (places?.count ?? perStep), of: 1).reshaped([rows, steps, -1, width])
    }
}

extension ModelConfiguration {
    /// Makes the model of these sizes with fresh weights.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public func makeModel(stream: RandomStream) throws -> any SequenceModel {
        switch input {
        case .returns, .noReturns: try PromptDT(self, stream: stream)
        case .bins: try GatoModel(self, stream: stream)
        }
    }
}
