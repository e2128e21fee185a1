import M3DTData

/// The batches of a stage's parts: each part gets those that it would get alone, whatever is trained beside it.
struct PartBatches: Sendable {
    private let source: any BatchSource
    private let parts: [(first: Int, schedule: TaskSchedule)]

    /// - Parameter parts: The name and the tasks of each part.
    init(_ source: any BatchSource, _ order: TaskSchedule.Order, parts: [(name: String, tasks: [Int])]) {
        self.source = source
        self.parts = parts.map { (BatchNumbers.first(of: $0.name), TaskSchedule(order, tasks: $0.tasks)) }
    }

    /// The batch of a step, the rows of one part after those of another.
    func batch(of step: Int) -> Batch {
        let own = parts.map { first, schedule in
            source.batch(step: first + step, tasks: schedule.rowTasks(step: step, rows: source.shape.rows))
        }
        return own.count == 1 ? own[0] : Batch(joining: own)
    }
}

extension Batch {
    /// The tasks of the rows of each of some equal parts.
    func tasks(ofParts parts: Int) -> [Set<Int>] {
        let rows = shape.rows / parts
        return (0..<parts).map { Set(taskIndices[$0 * rows..<($0 + 1) * rows]) }
    }
}
