import M3DTReports
import M3DTTraining

/// How well groups found by sketches do on the exact agreement vectors of a trained backbone.
public struct SketchComparison: Sendable {
    /// A grouping and how it was found.
    public struct Row: Sendable, Equatable {
        /// `exact`, `sketch` or `random`.
        public let method: String
        /// Numbers of a task's vector or sketch.
        public let width: Int
        /// Of the projection; with `exact` and `random`, of the grouping.
        public let seed: UInt64
        /// With the exact grouping.
        public let adjustedRandIndex: Double
        /// On the exact vectors, divided by the exact grouping's.
        public let inertiaRatio: Double
        /// What is held of all tasks at once.
        public let bytes: Int
    }

    public let tasks: Int
    public let experts: Int
    public let rows: [Row]

    /// One row for each grouping.
    ///
    /// - Throws: `ReportError`.
    public func csv() throws -> CSVTable {
        try CSVTable(
            columns: [
                "tasks", "experts", "method", "width", "seed", "adjusted_rand_index", "inertia_ratio", "bytes_of_tasks",
            ],
            rows: rows.map { row in
                ["\(tasks)", "\(experts)", row.method, "\(row.width)", "\(row.seed)"]
                    + ["\(row.adjustedRandIndex)", "\(row.inertiaRatio)", "\(row.bytes)"]
            })
    }

    /// The means over seeds.
    ///
    /// - Throws: `ReportError`.
    public func table() throws -> TextTable {
        var table = try TextTable(
            columns: [
                .init("method", .left), .init("width", .right), .init("seeds", .right),
                .init("adjusted Rand index", .right), .init("inertia ratio", .right), .init("bytes of tasks", .right),
            ])
        var last: (method: String, width: Int)?
        for row in rows where last?.method != row.method || last?.width != row.width {
            last = (row.method, row.width)
            let part = rows.filter { $0.method == row.method && $0.width == row.width }
            func mean(_ value: (Row) -> Double) -> String {
                NumberText.fixed(part.map(value).reduce(0, +) / Double(part.count), decimals: 3)
            }
            try table.append([
                row.method, NumberText.grouped(row.width), "\(part.count)", mean(\.adjustedRandIndex),
                mean(\.inertiaRatio), NumberText.grouped(row.bytes),
            ])
        }
        return table
    }
}

extension Pipeline {
    /// Groups the run's tasks by exact agreement vectors, by sketches of several widths, and at random.
    ///
    /// - Parameter seeds: Of the projections. The first is that of the exact grouping, with which all are compared.
    /// - Throws: ``RunError`` where there is no backbone yet; `TrainingError`.
    public func compareSketches(widths: [Int], experts: Int, seeds: [UInt64]) throws -> SketchComparison {
        let backbone = try finishedBackbone(for: .group)
        var options = agreementOptions
        options.sketch = nil
        let exact = try GradientAgreement.products(of: backbone, source: sampler, options: options)
        let names = sampler.tasks.map(\.name)
        func group(_ gram: GramMatrix, _ seed: UInt64) throws -> Grouping {
            try .gradient(gram, tasks: names, experts: experts, options: recipe.grouping.clustering, seed: seed)
        }
        let best = try group(exact, recipe.seed)
        let length = backbone.trainableParameters.reduce(0) { $0 + $1.parameter.value.count }
        func row(_ method: String, _ width: Int, _ seed: UInt64, _ grouping: Grouping) -> SketchComparison.Row {
            let bytes = names.count * width * (method == "exact" ? MemoryLayout<Float>.size : MemoryLayout<Double>.size)
            return .init(
                method: method, width: width, seed: seed, adjustedRandIndex: grouping.adjustedRandIndex(with: best),
                inertiaRatio: grouping.inertia(of: exact, tasks: names) / best.inertia(of: exact, tasks: names),
                bytes: bytes)
        }
        let kinds = widths.flatMap { width in seeds.map { RandomSketch(width: width, seed: $0) } }
        let sketched = try GradientAgreement.products(
            of: backbone, source: sampler, options: options, sketches: kinds)
        var rows = [row("exact", length, recipe.seed, best)]
        for seed in seeds where seed != recipe.seed { rows.append(row("exact", length, seed, try group(exact, seed))) }
        for (index, gram) in sketched.enumerated() {
            let (width, seed) = (widths[index / seeds.count], seeds[index % seeds.count])
            rows.append(row("sketch", width, seed, try group(gram, recipe.seed)))
        }
        for seed in seeds {
            rows.append(row("random", 0, seed, try .random(tasks: names, experts: experts, seed: seed)))
        }
        return SketchComparison(tasks: names.count, experts: experts, rows: rows)
    }
}
