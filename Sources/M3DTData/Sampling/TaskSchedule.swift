/// Which tasks the rows of each training step are drawn from.
public struct TaskSchedule: Codable, Sendable, Equatable {
    /// How tasks take turns.
    public enum Order: String, Codable, Sendable, CaseIterable {
        /// All rows of a step come from one task; the tasks take turns. The paper's.
        case inTurn
        /// The rows of a step come from different tasks; the tasks take turns row by row.
        case mixed
    }

    public let order: Order
    /// Indices into ``Sampler/tasks``.
    public let tasks: [Int]

    /// - Precondition: There is at least one task.
    public init(_ order: Order = .inTurn, tasks: [Int]) {
        precondition(!tasks.isEmpty, "a schedule needs at least one task")
        self.order = order
        self.tasks = tasks
    }

    /// The task of each row of a step.
    public func rowTasks(step: Int, rows: Int) -> [Int] {
        switch order {
        case .inTurn: Array(repeating: tasks[step % tasks.count], count: rows)
        case .mixed: (0..<rows).map { tasks[(step * rows + $0) % tasks.count] }
        }
    }
}
