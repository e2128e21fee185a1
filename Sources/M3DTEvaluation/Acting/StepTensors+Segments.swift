import M3DTModel
import M3DTTasks
import M3DTTensor

extension StepTensors {
    /// Copies segments of episodes to a device.
    ///
    /// Shapes: B rows and K steps, as in the segments.
    init(_ segments: StepSegments, device: Device) throws {
        let (rows, steps) = (segments.rows, segments.length)
        try self.init(
            states: .of(segments.states, shape: [rows, steps, segments.stateWidth], device: device),
            actions: .of(segments.actions, shape: [rows, steps, segments.actionWidth], device: device),
            returnsToGo: .of(segments.returnsToGo, shape: [rows, steps, 1], device: device),
            timesteps: .of(segments.timesteps, shape: [rows, steps], device: device),
            mask: .of(segments.mask, shape: [rows, steps], device: device))
    }
}

extension StepSegments {
    /// One row alone.
    func row(_ row: Int) -> StepSegments {
        var single = StepSegments(rows: 1, length: length, stateWidth: stateWidth, actionWidth: actionWidth)
        let steps = row * length..<(row + 1) * length
        func part(_ values: [Float], width: Int) -> [Float] {
            Array(values[steps.lowerBound * width..<steps.upperBound * width])
        }
        single.states = part(states, width: stateWidth)
        single.actions = part(actions, width: actionWidth)
        single.returnsToGo = part(returnsToGo, width: 1)
        single.timesteps = Array(timesteps[steps])
        single.mask = part(mask, width: 1)
        return single
    }
}
