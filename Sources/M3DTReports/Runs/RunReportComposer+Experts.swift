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
        let map = GateMap(gates, grouping: files.grouping)
        let sorted = map.isGrouped ? " Tasks stand in the order of their groups." : ""
        return (GateSpread(gates.weights).warning.map { [.warning($0)] } ?? []) + [
            .text("The router's weight of each expert, averaged over an evaluation.\(sorted)"),
            .figures([try map.heatMap(title: "Mean gate weight of each expert", width: 900).figure()]),
        ]
    }
}
