/// How the residual stream runs past a feed-forward network that has experts beside it.
public enum ResidualForm: String, Codable, Sendable, CaseIterable {
    /// h + FFN(n) + experts(n) with n = ln_2(h): attaching experts that give 0 changes nothing.
    case preserved
    /// n + FFN(n) + experts(n): what the reference computes, and what its released weights need.
    case normalized
}

/// What a step is to the model.
public enum InputForm: String, Codable, Sendable, CaseIterable {
    /// Three tokens: return-to-go, state, action.
    case returns
    /// Two tokens: state, action. Behaviour cloning.
    case noReturns
    /// A token for each number of state and action, sorted into bins, as in Gato. See ``GatoModel``.
    case bins
}

/// The sizes and choices that fix what a Prompt Decision Transformer computes.
public struct ModelConfiguration: Codable, Sendable, Equatable {
    /// S, numbers in a padded observation.
    public var stateWidth: Int
    /// A, numbers in a padded action.
    public var actionWidth: Int
    /// D, the width of the residual stream.
    public var width: Int
    /// Transformer blocks.
    public var layers: Int
    /// Attention heads of a block; they divide the width.
    public var heads: Int
    /// K, the steps of recent history that the model sees.
    public var contextSteps: Int
    /// P, the steps of the prompt; 0 for a model without prompts.
    public var promptSteps: Int
    /// Timesteps that have an embedding; an episode may not be longer.
    public var episodeSteps: Int
    /// The probability of dropout in training.
    public var dropout: Double
    /// Default: ``ResidualForm/preserved``.
    public var residual: ResidualForm
    /// Default: ``InputForm/returns``.
    public var input: InputForm

    /// Defaults are the paper's backbone.
    public init(
        stateWidth: Int = 39, actionWidth: Int = 8, width: Int = 256, layers: Int = 6, heads: Int = 8,
        contextSteps: Int = 20, promptSteps: Int = 5, episodeSteps: Int = 1000, dropout: Double = 0.1,
        residual: ResidualForm = .preserved, input: InputForm = .returns
    ) {
        self.stateWidth = stateWidth
        self.actionWidth = actionWidth
        self.width = width
        self.layers = layers
        self.heads = heads
        self.contextSteps = contextSteps
        self.promptSteps = promptSteps
        self.episodeSteps = episodeSteps
        self.dropout = dropout
        self.residual = residual
        self.input = input
    }

    /// The hidden units of a feed-forward network.
    public var hiddenWidth: Int { 4 * width }

    /// The tokens of one step.
    public var tokensPerStep: Int {
        switch input {
        case .returns: 3
        case .noReturns: 2
        case .bins: stateWidth + 1 + actionWidth
        }
    }

    /// T, the tokens of a full sequence.
    public var tokens: Int { tokensPerStep * (promptSteps + contextSteps) }

    /// Checks that the sizes fit together.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` that names the first field that does not.
    public func validate() throws {
        let positive = [
            ("stateWidth", stateWidth), ("actionWidth", actionWidth), ("width", width), ("layers", layers),
            ("heads", heads), ("contextSteps", contextSteps), ("episodeSteps", episodeSteps),
        ]
        for (field, value) in positive where value <= 0 {
            throw ModelError.configuration(field: field, problem: "must be positive, not \(value)")
        }
        guard promptSteps >= 0 else {
            throw ModelError.configuration(field: "promptSteps", problem: "must not be negative, is \(promptSteps)")
        }
        guard width % heads == 0 else {
            throw ModelError.configuration(
                field: "heads", problem: "must divide the width: \(width) is no multiple of \(heads)")
        }
        guard (0..<1).contains(dropout) else {
            throw ModelError.configuration(field: "dropout", problem: "must be at least 0 and below 1, not \(dropout)")
        }
    }
}
