// Shapes: B rows, K context steps, P prompt steps, S padded state width, A padded action width.

extension Batch {
    /// Some of the rows, as a batch of their own.
    public func rows(_ rows: Range<Int>) -> Batch { Batch(self, rows) }

    /// Makes one batch of the rows of several, in order.
    ///
    /// - Precondition: There is one at least, and all have the same sizes but for their rows.
    public init(joining batches: [Batch]) {
        let first = batches[0].shape
        shape = BatchShape(
            rows: batches.reduce(0) { $0 + $1.shape.rows }, contextSteps: first.contextSteps,
            promptSteps: first.promptSteps, stateWidth: first.stateWidth, actionWidth: first.actionWidth)
        states = batches.flatMap(\.states)
        actions = batches.flatMap(\.actions)
        returnsToGo = batches.flatMap(\.returnsToGo)
        timesteps = batches.flatMap(\.timesteps)
        mask = batches.flatMap(\.mask)
        actionMask = batches.flatMap(\.actionMask)
        taskIndices = batches.flatMap(\.taskIndices)
        promptStates = batches.flatMap(\.promptStates)
        promptActions = batches.flatMap(\.promptActions)
        promptReturnsToGo = batches.flatMap(\.promptReturnsToGo)
        promptTimesteps = batches.flatMap(\.promptTimesteps)
        promptMask = batches.flatMap(\.promptMask)
    }

    /// The predicted numbers that the loss counts: the used action columns of the real steps.
    public var predictedCount: Int {
        func ones(_ numbers: [Float], row: Int, width: Int) -> Int {
            numbers[row * width..<(row + 1) * width].count { $0 != 0 }
        }
        return (0..<shape.rows).reduce(0) { sum, row in
            sum + ones(mask, row: row, width: shape.contextSteps)
                * ones(actionMask, row: row, width: shape.actionWidth)
        }
    }

    private init(_ whole: Batch, _ rows: Range<Int>) {
        let old = whole.shape
        func part<Number>(_ numbers: [Number], _ width: Int) -> [Number] {
            Array(numbers[rows.lowerBound * width..<rows.upperBound * width])
        }
        shape = BatchShape(
            rows: rows.count, contextSteps: old.contextSteps, promptSteps: old.promptSteps,
            stateWidth: old.stateWidth, actionWidth: old.actionWidth)
        states = part(whole.states, old.contextSteps * old.stateWidth)
        actions = part(whole.actions, old.contextSteps * old.actionWidth)
        returnsToGo = part(whole.returnsToGo, old.contextSteps)
        timesteps = part(whole.timesteps, old.contextSteps)
        mask = part(whole.mask, old.contextSteps)
        actionMask = part(whole.actionMask, old.actionWidth)
        taskIndices = part(whole.taskIndices, 1)
        promptStates = part(whole.promptStates, old.promptSteps * old.stateWidth)
        promptActions = part(whole.promptActions, old.promptSteps * old.actionWidth)
        promptReturnsToGo = part(whole.promptReturnsToGo, old.promptSteps)
        promptTimesteps = part(whole.promptTimesteps, old.promptSteps)
        promptMask = part(whole.promptMask, old.promptSteps)
    }
}
