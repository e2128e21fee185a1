/// How strongly the routers send each task to each expert; tasks in the order of their groups where these are known.
struct GateMap {
    let gates: RunFiles.Gates
    let isGrouped: Bool
    private let order: [Int]

    init(_ gates: RunFiles.Gates, grouping: RunFiles.Grouping?) {
        self.gates = gates
        let grouped = grouping?.experts.flatMap { $0 } ?? []
        isGrouped = !grouped.isEmpty
        let place = Dictionary(grouped.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        order = gates.tasks.indices.sorted {
            (place[gates.tasks[$0]] ?? .max, $0) < (place[gates.tasks[$1]] ?? .max, $1)
        }
    }

    /// What is said of the rows.
    static let order = "Tasks stand in the order of their groups, where there are groups."

    func heatMap(title: String, width: Double) -> HeatMap {
        HeatMap(
            title: title, rowTitle: "task", columnTitle: "expert", valueTitle: "gate weight",
            rows: order.map { gates.tasks[$0] }, columns: gates.experts, values: order.map { gates.weights[$0] },
            width: width)
    }
}
