import M3DTModel
import M3DTStorage

/// One size of training that is made larger step by step, while all others stay the paper's.
public enum ScalingSeries: String, Codable, Sendable, CaseIterable {
    /// Experts of a router step.
    case experts
    /// Rows of a backbone step's batch.
    case rows
    /// Width of the backbone, in its step.
    case width
    /// Tasks whose data a backbone step draws from.
    case tasks

    /// The series of a name.
    ///
    /// - Throws: ``BenchmarkError/unknownCase(name:nearest:)``.
    public init(named name: String) throws {
        guard let series = ScalingSeries(rawValue: name) else {
            throw BenchmarkError.unknownCase(
                name: name, nearest: NearestName.nearest(to: name, in: Self.allCases.map(\.rawValue)))
        }
        self = series
    }

    /// The sizes that are measured.
    public var sizes: [Int] {
        switch self {
        case .experts: [8, 16, 24, 32, 40, 48, 56]
        case .rows: [4, 8, 16, 32, 64]
        case .width: [128, 256, 384, 512, 768]
        case .tasks: [10, 40, 80, 120, 160]
        }
    }

    /// What time and memory should be a line over.
    public var variable: String { self == .width ? "width squared" : rawValue }

    /// The variable's value at a size.
    public func value(at size: Int) -> Double { Double(self == .width ? size * size : size) }

    /// The piece of work at a size.
    public func work(at size: Int) -> BenchmarkCase {
        BenchmarkCase(
            "\(rawValue)-\(size)", self == .experts ? .router : .backbone,
            experts: self == .experts ? size : 0, rows: self == .rows ? size : 16,
            repetitions: self == .experts && size > 8 ? 1 : 4)
    }

    /// A benchmark with the model and the tasks of a size.
    public func benchmark(at size: Int) -> Benchmark {
        var benchmark = Benchmark()
        if self == .width { benchmark.model.width = size }
        if self == .tasks { benchmark.tasks = size }
        return benchmark
    }
}
