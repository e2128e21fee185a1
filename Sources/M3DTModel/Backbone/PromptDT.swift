import M3DTRandom
import M3DTTensor

/// The Prompt Decision Transformer: the backbone of M3DT, and a model in its own right.
///
/// Weights carry the names of the reference's state dictionary.
/// Source: Xu et al., "Prompting Decision Transformer for few-shot policy generalization", 2022.
public final class PromptDT: SequenceModel {
    public let configuration: ModelConfiguration
    let contextEmbedding: TokenEmbedding
    let promptEmbedding: TokenEmbedding
    let contextNorm: LayerNorm
    public let transformer: Transformer
    let actionHead: Linear
    let stateHead: Linear
    let returnHead: Linear
    /// GPT-2's word embedding, which nothing uses; kept so that weights of the reference fit.
    private let unusedWordEmbedding: Parameter

    /// Makes a model with fresh weights, for ``InputForm/returns`` or ``InputForm/noReturns``.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public init(_ configuration: ModelConfiguration, stream: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let width = configuration.width
        var random = stream.split("embeddings")
        contextEmbedding = try TokenEmbedding(configuration, prefix: "", stream: &random)
        promptEmbedding = try TokenEmbedding(configuration, prefix: "prompt_", stream: &random)
        contextNorm = try LayerNorm(width: width)
        transformer = try Transformer(configuration, stream: stream)
        random = stream.split("heads")
        stateHead = try Linear(in: width, out: configuration.stateWidth, stream: &random)
        actionHead = try Linear(in: width, out: configuration.actionWidth, stream: &random)
        returnHead = try Linear(in: width, out: 1, stream: &random)
        unusedWordEmbedding = Parameter(try .normal([1, width], deviation: 0.02, stream: &random))
    }

    public var namedParameters: [NamedParameter] {
        [NamedParameter("transformer.wte.weight", unusedWordEmbedding)]
            + transformer.namedParameters(under: "transformer")
            + contextEmbedding.namedParameters + promptEmbedding.namedParameters
            + contextNorm.namedParameters(under: "embed_ln")
            + stateHead.namedParameters(under: "predict_state")
            + actionHead.namedParameters(under: "predict_action.0")
            + returnHead.namedParameters(under: "predict_return")
    }

    /// The weights that the loss on actions reaches, and that training therefore moves.
    public var trainableParameters: [NamedParameter] {
        var untouched = ["transformer.wte.", "predict_state.", "predict_return."]
        if configuration.promptSteps == 0 { untouched.append("prompt_embed_") }
        if configuration.input == .noReturns { untouched += ["embed_return.", "prompt_embed_return."] }
        return namedParameters.filter { named in !untouched.contains { named.name.hasPrefix($0) } }
    }
}
