/// How much tasks differ in the experts that routers send them to.
public struct GateSpread: Sendable {
    /// The mean over tasks of the total variation distance between a task's gates and the mean of all tasks' gates.
    ///
    /// 0 where all tasks have the same gates; close to 1 where each of many has an expert of its own.
    public let value: Double
    /// Several tasks share several experts in the same proportions: the routers tell nothing apart.
    public let isCollapsed: Bool

    /// Measures it.
    ///
    /// - Parameter gates: For each task the mean gate of each expert.
    public init(_ gates: [[Double]]) {
        let experts = gates.first?.count ?? 0
        let count = Double(max(gates.count, 1))
        let means = (0..<experts).map { expert in gates.reduce(0) { $0 + $1[expert] } / count }
        let distances = gates.map { row in zip(row, means).reduce(0) { $0 + abs($1.0 - $1.1) } / 2 }
        value = distances.reduce(0, +) / count
        isCollapsed = gates.count > 1 && experts > 1 && value < 0.01
    }

    /// What to say of routers that tell nothing apart, and what helps; nothing of others.
    public var warning: String? {
        guard isCollapsed else { return nil }
        return
            "All tasks use the experts in the same proportions: the routers collapsed, or were trained too little. A lower "
            + "router.learningRate, router.order: mixed or more router.steps may help."
    }
}
