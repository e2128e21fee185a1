import M3DTRandom
import M3DTTensor

// Legend: B rows, K steps, S state, A action, n = S + 1 + A tokens of a step, D width, V bins.

/// A transformer over single numbers: each number of a state and of an action is a token, sorted into one of 1024 bins.
///
/// A step is its state's numbers, a separator, and its action's numbers; the model says the action one number after another,
/// and is trained by cross-entropy on these alone. There are no returns. States are companded by the mu-law first.
///
/// Deviation: columns that a task does not use are there as zeros; tokens also know their timestep in the episode; the most
/// likely bin is taken rather than drawn. Source: Reed et al., "A generalist agent", 2022, control tasks only.
public final class GatoModel: SequenceModel {
    public let configuration: ModelConfiguration
    public let transformer: Transformer
    /// A vector for each bin, then one for the separator.
    private let binEmbedding: Embedding
    /// A vector for each of the n places in a step.
    private let placeEmbedding: Embedding
    private let timestepEmbedding: Embedding
    private let inputNorm: LayerNorm
    private let binHead: Linear

    /// Makes a model with fresh weights.
    ///
    /// - Throws: ``ModelError/configuration(field:problem:)`` where the sizes do not fit together.
    public init(_ configuration: ModelConfiguration, stream: RandomStream) throws {
        try configuration.validate()
        self.configuration = configuration
        let width = configuration.width
        var random = stream.split("embeddings")
        binEmbedding = try Embedding(count: NumberBins.count + 1, width: width, stream: &random)
        placeEmbedding = try Embedding(count: configuration.tokensPerStep, width: width, stream: &random)
        timestepEmbedding = try Embedding(count: configuration.episodeSteps, width: width, stream: &random)
        inputNorm = try LayerNorm(width: width)
        transformer = try Transformer(configuration, stream: stream)
        random = stream.split("heads")
        binHead = try Linear(in: width, out: NumberBins.count, stream: &random)
    }

    public var namedParameters: [NamedParameter] {
        transformer.namedParameters(under: "transformer") + binEmbedding.namedParameters(under: "embed_bin")
            + placeEmbedding.namedParameters(under: "embed_place")
            + timestepEmbedding.namedParameters(under: "embed_timestep")
            + inputNorm.namedParameters(under: "embed_ln") + binHead.namedParameters(under: "predict_bin")
    }

    public var trainableParameters: [NamedParameter] { namedParameters }

    public func contextTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        let (rows, count) = (steps.mask.shape[0], steps.mask.shape[1])
        let separator = try Tensor.full(
            Double(NumberBins.count), shape: [rows, count, 1], type: .int64, device: steps.states.device)
        let bins = try Tensor.concatenated(
            [NumberBins.ofStates(steps.states), separator, NumberBins.ofActions(steps.actions)], dimension: 2)
        let times = try steps.timesteps.reshaped([rows, count, 1])
        return try tokens(bins, places: 0..<configuration.tokensPerStep, times: times)
            .reshaped([rows, count * configuration.tokensPerStep, configuration.width])
    }

    /// As the context's: a prompt is simply what comes before.
    public func promptTokens(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        try contextTokens(steps, context)
    }

    /// The mean cross-entropy of the actions' bins.
    public func loss(
        _ input: ModelInput, actionMask: Tensor, parts: Int?, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor {
        // The token before each number of the action says it; the separator says the first.
        let places = configuration.stateWidth..<configuration.tokensPerStep - 1
        let said = try hidden(input, places: places, branch: branch, context)
        let likelihoods = try binHead(said, context).converted(to: .float32).logSoftmax()
        let (rows, steps, actions) = (said.shape[0], said.shape[1], said.shape[2])
        let numbers = try Tensor.counting(to: NumberBins.count, device: said.device)
        let target = try NumberBins.ofActions(input.context.actions).reshaped([rows, steps, actions, 1])
        let hit = try likelihoods.whereTrue(target.equals(numbers), otherwise: 0).sum([3])
        let weight = try input.context.mask.reshaped([rows, steps, 1]) * actionMask.reshaped([rows, 1, actions])
        return try -((hit * weight).sum(ofParts: parts) / weight.sum(ofParts: parts))
    }

    public func nextAction(
        after history: StepTensors, prompt: PromptCache?, branch: BranchPass?, _ context: ForwardContext
    ) throws -> Tensor {
        let (rows, steps) = (history.mask.shape[0], history.mask.shape[1])
        let (width, first) = (configuration.actionWidth, configuration.stateWidth + 1)
        let count = configuration.tokensPerStep * steps - width
        var tokens = try contextTokens(history, context).narrowed(1, 0..<count)
        var mask = try tokenMask(history).narrowed(1, 0..<count)
        if let prompt { mask = try .concatenated([prompt.tokenMask, mask], dimension: 1) }
        let time = try history.timesteps.last(1, of: 1).reshaped([rows, 1, 1])
        let real = try Tensor.full(1, shape: [rows, 1], device: mask.device)
        var past = prompt.map { [$0.keyValues] } ?? []
        var said: [Tensor] = []
        for number in 0..<width {
            let (output, keyValues) = try transformer(
                tokens, outputs: .last(1), keyMask: mask, past: past, branch: branch, context)
            let bin = try binHead(output, context).converted(to: .float32).topK(1).indices
            said.append(try bin.reshaped([rows, 1]))
            if number == width - 1 { break }
            tokens = try self.tokens(
                bin.reshaped([rows, 1, 1]), places: first + number..<first + number + 1, times: time
            )
            .reshaped([rows, 1, configuration.width])
            mask = try .concatenated([mask, real], dimension: 1)
            past.append(keyValues)
        }
        return try NumberBins.actions(of: .concatenated(said, dimension: 1))
    }

    /// Shapes: `bins` [B, K, places], `times` [B, K, 1]; result [B, K, places, D].
    private func tokens(_ bins: Tensor, places: Range<Int>, times: Tensor) throws -> Tensor {
        let numbers = try Tensor.counting(to: places.upperBound, device: bins.device).narrowed(0, places)
        return try inputNorm(binEmbedding(bins) + placeEmbedding(numbers) + timestepEmbedding(times))
    }
}
