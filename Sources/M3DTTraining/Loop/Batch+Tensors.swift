// Shapes: B rows, K context steps, P prompt steps, S padded state width, A padded action width.

import M3DTData
import M3DTModel
import M3DTTensor

/// A batch as the model reads it.
public struct BatchTensors {
    public var input: ModelInput
    /// [B, A], 1 for a column that the row's task uses, float32.
    public let actionMask: Tensor
    /// B: the row's task, as an index into the tasks of the source.
    public let tasks: [Int]
}

extension Batch {
    /// Copies the batch to a device.
    ///
    /// - Throws: ``TensorError`` where the device is not there or has no memory left.
    public func tensors(on device: Device = .cpu) throws -> BatchTensors {
        let (rows, stateWidth, actionWidth) = (shape.rows, shape.stateWidth, shape.actionWidth)
        func steps(
            _ count: Int, _ states: [Float], _ actions: [Float], _ returns: [Float], _ timesteps: [Int64],
            _ mask: [Float]
        ) throws -> StepTensors {
            StepTensors(
                states: try .of(states, shape: [rows, count, stateWidth], device: device),
                actions: try .of(actions, shape: [rows, count, actionWidth], device: device),
                returnsToGo: try .of(returns, shape: [rows, count, 1], device: device),
                timesteps: try .of(timesteps, shape: [rows, count], device: device),
                mask: try .of(mask, shape: [rows, count], device: device))
        }
        let context = try steps(shape.contextSteps, states, actions, returnsToGo, timesteps, mask)
        let prompt =
            shape.promptSteps == 0
            ? nil
            : try steps(
                shape.promptSteps, promptStates, promptActions, promptReturnsToGo, promptTimesteps, promptMask)
        return BatchTensors(
            input: ModelInput(context: context, prompt: prompt),
            actionMask: try .of(actionMask, shape: [rows, actionWidth], device: device), tasks: taskIndices)
    }
}
