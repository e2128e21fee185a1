extension RunReportComposer {
    /// Which expert has which tasks.
    ///
    /// - Throws: ``ReportError``.
    func groups(_ grouping: RunFiles.Grouping) throws -> [ReportBlock] {
        let table = try TextTable(
            columns: [.init("expert", .left), .init("tasks", .right), .init("names", .left)],
            rows: grouping.experts.enumerated().map { index, tasks in
                ["expert-\(index)", "\(tasks.count)", tasks.joined(separator: ", ")]
            })
        let method = grouping.method.isEmpty ? [] : [ReportSetting("method", grouping.method)]
        return [.settings(method + grouping.statistics), .table(table, caption: "Groups of tasks")]
    }

    /// How strongly the router sends each task to each expert; tasks in the order of their groups where these are known.
    ///
    /// - Throws: ``ReportError``.
    func heatMap(_ gates: RunFiles.Gates) throws -> [ReportBlock] {
        let grouped = files.grouping?.experts.flatMap { $0 } ?? []
        let place = Dictionary(grouped.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        let order = gates.tasks.indices.sorted {
            (place[gates.tasks[$0]] ?? .max, $0) < (place[gates.tasks[$1]] ?? .max, $1)
        }
        let map = HeatMap(
            title: "Mean gate weight of each expert", rowTitle: "task", columnTitle: "expert",
            valueTitle: "gate weight",
            rows: order.map { gates.tasks[$0] }, columns: gates.experts, values: order.map { gates.weights[$0] },
            width: 900)
        let sorted = grouped.isEmpty ? "" : " Tasks stand in the order of their groups."
        return [
            .text("The router's weight of each expert, averaged over an evaluation.\(sorted)"),
            .figures([try map.figure()]),
        ]
    }
}
