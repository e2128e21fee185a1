import M3DTTasks

// Legend: K context steps, S padded state width, A padded action width.

/// The last steps of one episode, as the model sees them.
struct StepHistory {
    private struct Step {
        /// As many numbers as the task observes, scaled.
        let state: [Float]
        let returnToGo: Float
        /// A numbers; nothing at the step that is to be acted in.
        var action: [Float] = []
    }

    private let limit: Int
    private var steps: [Step] = []
    /// Steps seen so far, those forgotten included.
    private(set) var count = 0

    /// - Parameter limit: K, the steps that are kept.
    init(limit: Int) {
        self.limit = limit
    }

    /// The steps that are kept, at most K.
    var length: Int { steps.count }

    /// Adds the step that is to be acted in.
    mutating func observe(state: [Float], returnToGo: Float) {
        if steps.count == limit { steps.removeFirst() }
        steps.append(Step(state: state, returnToGo: returnToGo))
        count += 1
    }

    /// Notes what was done in the last step.
    mutating func act(_ action: [Float]) {
        steps[steps.count - 1].action = action
    }

    /// Writes the last steps to the right end of a row of segments, whose other slots stay padding.
    func fill(row: Int, of segments: inout StepSegments) {
        let steps = steps.suffix(segments.length)
        let start = (row + 1) * segments.length - steps.count
        for (index, step) in steps.enumerated() {
            let slot = start + index
            segments.states.replaceSubrange(at: slot * segments.stateWidth, with: step.state)
            segments.actions.replaceSubrange(at: slot * segments.actionWidth, with: step.action)
            segments.returnsToGo[slot] = step.returnToGo
            segments.timesteps[slot] = Int64(count - steps.count + index)
            segments.mask[slot] = 1
        }
    }
}

extension [Float] {
    fileprivate mutating func replaceSubrange(at start: Int, with values: [Float]) {
        for (index, value) in values.enumerated() { self[start + index] = value }
    }
}
