import M3DTRandom
import M3DTTensor

/// Turns steps into tokens: return-to-go (unless the model has none), state and action, each with the embedding of its timestep.
public final class TokenEmbedding: Module {
    private let timestep: Embedding
    private let returnToGo: Linear
    private let state: Linear
    private let action: Linear
    private let prefix: String
    private let hasReturns: Bool

    /// - Parameter prefix: What the names of the weights begin with.
    init(_ configuration: ModelConfiguration, prefix: String, stream: inout RandomStream) throws {
        let width = configuration.width
        timestep = try Embedding(count: configuration.episodeSteps, width: width, stream: &stream)
        returnToGo = try Linear(in: 1, out: width, stream: &stream)
        state = try Linear(in: configuration.stateWidth, out: width, stream: &stream)
        action = try Linear(in: configuration.actionWidth, out: width, stream: &stream)
        self.prefix = prefix
        hasReturns = configuration.input == .returns
    }

    public var namedParameters: [NamedParameter] {
        timestep.namedParameters(under: prefix + "embed_timestep")
            + returnToGo.namedParameters(under: prefix + "embed_return")
            + state.namedParameters(under: prefix + "embed_state")
            + action.namedParameters(under: prefix + "embed_action")
    }

    /// Shapes: `steps` of B rows and K steps; result [B, nK, D], float32, in the order return, state, action of each step.
    func callAsFunction(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        let time = try timestep(steps.timesteps)
        let returns = hasReturns ? [try returnToGo(steps.returnsToGo, context) + time] : []
        let tokens = try Tensor.stacked(
            returns + [state(steps.states, context) + time, action(steps.actions, context) + time], dimension: 2)
        let (rows, count, perStep, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2], tokens.shape[3])
        return try tokens.reshaped([rows, perStep * count, width])
    }
}
