import M3DTRandom
import M3DTTensor

/// Turns steps into tokens: return-to-go, state and action, each with the embedding of its timestep.
public final class TokenEmbedding: Module {
    private let timestep: Embedding
    private let returnToGo: Linear
    private let state: Linear
    private let action: Linear
    private let prefix: String

    /// - Parameter prefix: What the names of the weights begin with.
    init(_ configuration: ModelConfiguration, prefix: String, stream: inout RandomStream) throws {
        let width = configuration.width
        timestep = try Embedding(count: configuration.episodeSteps, width: width, stream: &stream)
        returnToGo = try Linear(in: 1, out: width, stream: &stream)
        state = try Linear(in: configuration.stateWidth, out: width, stream: &stream)
        action = try Linear(in: configuration.actionWidth, out: width, stream: &stream)
        self.prefix = prefix
    }

    public var namedParameters: [NamedParameter] {
        timestep.namedParameters(under: prefix + "embed_timestep")
            + returnToGo.namedParameters(under: prefix + "embed_return")
            + state.namedParameters(under: prefix + "embed_state")
            + action.namedParameters(under: prefix + "embed_action")
    }

    /// Shapes: `steps` of B rows and K steps; result [B, 3K, D], float32, in the order return, state, action of each step.
    func callAsFunction(_ steps: StepTensors, _ context: ForwardContext) throws -> Tensor {
        let time = try timestep(steps.timesteps)
        let tokens = try Tensor.stacked(
            [
                returnToGo(steps.returnsToGo, context) + time,
                state(steps.states, context) + time,
                action(steps.actions, context) + time,
            ], dimension: 2)
        let (rows, count, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[3])
        return try tokens.reshaped([rows, 3 * count, width])
    }
}
