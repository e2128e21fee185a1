import M3DTTensor

/// The rounds of one case: repetitions of ours, then PyTorch's turn.
final class Rounds {
    /// There are enough rounds.
    struct Enough: Error {}

    /// More rounds than this say nothing new.
    private static let most = 30

    private(set) var result: BenchmarkResult
    private let least: Int
    private let seconds: Double
    private let others: [Precision]
    private let other: (Precision) throws -> [Double]?
    private let clock = ContinuousClock()
    private lazy var start = clock.now
    private var current: [Double] = []
    private var waitShares: [Double] = []

    /// - Parameters:
    ///   - least: Rounds that there are in any case.
    ///   - seconds: Until when there are more of them.
    init(
        _ work: BenchmarkCase, _ precision: Precision, least: Int, seconds: Double,
        other: @escaping (Precision) throws -> [Double]?
    ) {
        (self.least, self.seconds, self.other) = (least, seconds, other)
        result = BenchmarkResult(work: work, precision: precision)
        others = precision == .float32 ? [.float32] : [.float32, precision]
    }

    /// Notes a repetition of ours; at the end of a round it is PyTorch's turn.
    ///
    /// - Throws: ``Enough`` at the end of the last round; what PyTorch's turn throws.
    func note(milliseconds: Double) throws {
        if result.ours.isEmpty, current.isEmpty { start = clock.now }
        current.append(milliseconds)
        guard current.count == result.work.repetitions else { return }
        result.ours.append(current)
        current = []
        for precision in others {
            if let times = try other(precision) { result.theirs[precision, default: []].append(times) }
        }
        let count = result.ours.count
        if count >= least, count >= Self.most || (clock.now - start).inSeconds >= seconds { throw Enough() }
    }

    /// Notes the share of its time that the training waited for batches, over some steps.
    func note(waitShare: Double?) {
        guard let waitShare else { return }
        waitShares.append(waitShare)
        result.waitShare = waitShares.reduce(0, +) / Double(waitShares.count)
    }

    /// Repeats something until there are enough rounds.
    ///
    /// - Throws: ``Enough`` in the end; what the body or PyTorch's turn throws.
    func play(_ body: () throws -> Void) throws {
        while true {
            let start = clock.now
            try body()
            try note(milliseconds: 1000 * (clock.now - start).inSeconds / Double(result.work.steps))
        }
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
