/// Turns measurements into curves.
struct MetricsCurves {
    let records: [MetricsRecord]
    /// Measurements that were not finite and are left out, for each name.
    let leftOut: [String: Int]
    private let points: [String: [String: [LineChart.Point]]]

    init(_ records: [MetricsRecord]) {
        self.records = records
        var points: [String: [String: [LineChart.Point]]] = [:]
        var leftOut: [String: Int] = [:]
        for record in records {
            for (name, value) in record.values {
                if value.isFinite {
                    points[record.stage, default: [:]][name, default: []].append(.init(Double(record.step), value))
                } else {
                    leftOut[name, default: 0] += 1
                }
            }
        }
        self.points = points.mapValues { $0.mapValues { $0.sorted { $0.x < $1.x } } }
        self.leftOut = leftOut
    }

    /// The stages in order: backbone, experts by number, router, then any other.
    var stages: [String] {
        func order(_ stage: String) -> (Int, Int, String) {
            if stage == "backbone" { return (0, 0, stage) }
            if let number = Self.expertNumber(stage) { return (1, number, stage) }
            return (stage == "router" ? 2 : 3, 0, stage)
        }
        return points.keys.sorted { order($0) < order($1) }
    }

    var expertStages: [String] { stages.filter { Self.expertNumber($0) != nil } }

    func curve(_ name: String, _ stage: String) -> [LineChart.Point] { points[stage]?[name] ?? [] }

    /// The last step of a stage and the seconds at its last record.
    func end(of stage: String) -> (step: Int, wallSeconds: Double)? {
        records.filter { $0.stage == stage }.max { $0.step < $1.step }.map { ($0.step, $0.wallSeconds) }
    }

    /// Curves of many experts as their mean with a band from the lowest to the highest.
    func summarised(_ name: String, _ stages: [String]) -> [LineChart.Point] {
        LineChart.Point.means(stages.flatMap { curve(name, $0) })
    }

    private static func expertNumber(_ stage: String) -> Int? {
        stage.hasPrefix("expert-") ? Int(stage.dropFirst("expert-".count)) : nil
    }
}

extension LineChart.Point {
    /// One point for each x: the mean, with a band from the lowest to the highest.
    static func means(_ points: [LineChart.Point]) -> [LineChart.Point] {
        Dictionary(grouping: points, by: \.x).sorted { $0.key < $1.key }.map { x, points in
            let values = points.map(\.y)
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            return .init(x, values.reduce(0, +) / Double(values.count), band: low...high)
        }
    }
}
