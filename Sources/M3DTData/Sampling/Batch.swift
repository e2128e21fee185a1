// Shapes: B rows, K context steps, P prompt steps, S padded state width, A padded action width. Arrays are row-major.

import M3DTTasks

/// The sizes of a batch.
public struct BatchShape: Codable, Sendable, Hashable {
    public let rows: Int
    public let contextSteps: Int
    /// 0 without prompts.
    public let promptSteps: Int
    public let stateWidth: Int
    public let actionWidth: Int

    public init(rows: Int, contextSteps: Int, promptSteps: Int, stateWidth: Int, actionWidth: Int) {
        self.rows = rows
        self.contextSteps = contextSteps
        self.promptSteps = promptSteps
        self.stateWidth = stateWidth
        self.actionWidth = actionWidth
    }
}

/// What one training step sees: windows of episodes, each with the prompt of its task.
///
/// Rows are left-padded: a padded slot holds states 0, actions -10, returns 0, timesteps 0 and mask 0. The actions to be
/// predicted are ``actions`` themselves; the loss counts slots with ``mask`` 1 and columns with ``actionMask`` 1.
public struct Batch: Sendable, Hashable {
    public let shape: BatchShape

    /// B x K x S: normalised observations, zeros beyond the task's width.
    public let states: [Float]
    /// B x K x A: zeros beyond the task's width in a real step.
    public let actions: [Float]
    /// B x K: undiscounted sums of the rewards to the end of the episode, divided by the task's return scale.
    public let returnsToGo: [Float]
    /// B x K: the step's number in its episode, from 0.
    public let timesteps: [Int64]
    /// B x K: 1 for a real step, 0 for padding.
    public let mask: [Float]

    /// B x A: 1 for a column that the row's task uses.
    public let actionMask: [Float]
    /// B: the row's task, as an index into ``Sampler/tasks``.
    public let taskIndices: [Int]

    /// B x P x S.
    public let promptStates: [Float]
    /// B x P x A.
    public let promptActions: [Float]
    /// B x P.
    public let promptReturnsToGo: [Float]
    /// B x P.
    public let promptTimesteps: [Int64]
    /// B x P.
    public let promptMask: [Float]

    /// Makes a batch of a context and a prompt that have the same rows and widths.
    init(context: StepSegments, prompt: StepSegments, actionMask: [Float], taskIndices: [Int]) {
        shape = BatchShape(
            rows: context.rows, contextSteps: context.length, promptSteps: prompt.length,
            stateWidth: context.stateWidth, actionWidth: context.actionWidth)
        states = context.states
        actions = context.actions
        returnsToGo = context.returnsToGo
        timesteps = context.timesteps
        mask = context.mask
        self.actionMask = actionMask
        self.taskIndices = taskIndices
        promptStates = prompt.states
        promptActions = prompt.actions
        promptReturnsToGo = prompt.returnsToGo
        promptTimesteps = prompt.timesteps
        promptMask = prompt.mask
    }
}
