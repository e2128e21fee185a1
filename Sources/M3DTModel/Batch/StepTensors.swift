import M3DTTensor

/// Consecutive steps of several trajectories, as tensors.
///
/// Shapes: B rows, K steps, S padded state width, A padded action width.
public struct StepTensors {
    /// [B, K, S], normalised, float32.
    public var states: Tensor
    /// [B, K, A], float32.
    public var actions: Tensor
    /// [B, K, 1], scaled, float32.
    public var returnsToGo: Tensor
    /// [B, K], steps in the episode, int64.
    public var timesteps: Tensor
    /// [B, K], 1 for a real step and 0 for padding, float32.
    public var mask: Tensor

    public init(states: Tensor, actions: Tensor, returnsToGo: Tensor, timesteps: Tensor, mask: Tensor) {
        self.states = states
        self.actions = actions
        self.returnsToGo = returnsToGo
        self.timesteps = timesteps
        self.mask = mask
    }
}

/// What a model reads: a prompt of the task, where the model uses one, and the recent history.
public struct ModelInput {
    public var context: StepTensors
    public var prompt: StepTensors?

    public init(context: StepTensors, prompt: StepTensors?) {
        self.context = context
        self.prompt = prompt
    }
}
