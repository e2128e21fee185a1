import Foundation

/// Ranks that are threads of one process: what tests use in place of a launcher.
public enum ThreadRanks {
    /// Runs `body` once for each rank, each in a thread of its own.
    ///
    /// - Returns: What they return, in the order of the ranks.
    /// - Throws: The error of the first rank that failed by itself; it has ended the others' calls with ``RankError/lost(reason:)``.
    public static func run<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any RankGroup) throws -> Result
    ) throws -> [Result] {
        let meeting = Meeting(count: count)
        let outcomes = Outcomes<Result>(count: count)
        for rank in 0..<count {
            Thread.detachNewThread {
                let outcome = Swift.Result { try body(ThreadRank(rank: rank, meeting: meeting)) }
                if case .failure = outcome { meeting.close() }
                outcomes.add(outcome, of: rank)
            }
        }
        let all = outcomes.wait()
        let errors = all.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        if let cause = errors.first(where: { $0 as? RankError != Meeting.closed }) ?? errors.first { throw cause }
        return try all.map { try $0.get() }
    }
}

private final class ThreadRank: RankGroup {
    let rank: Int
    let meeting: Meeting
    var count: Int { meeting.count }

    init(rank: Int, meeting: Meeting) {
        self.rank = rank
        self.meeting = meeting
    }

    func sum(_ numbers: UnsafeMutableBufferPointer<Float>) throws {
        let sums = try meeting.sum(numbers.map(Double.init), of: rank)
        for (place, sum) in sums.enumerated() { numbers[place] = Float(sum) }
    }

    func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
        _ = numbers.update(from: try meeting.sum(Array(numbers), of: rank))
    }
}

/// Where threads meet to add up numbers; sums are taken in the order of the ranks.
// Sendable: every access to the stored variables is between `lock` and `unlock` of the condition.
private final class Meeting: @unchecked Sendable {
    static let closed = RankError.lost(reason: "it has failed")
    let count: Int
    private let condition = NSCondition()
    private var given: [Int: [Double]] = [:]
    private var sums: [Double] = []
    private var round = 0
    private var isClosed = false

    init(count: Int) {
        self.count = count
    }

    /// - Throws: ``closed`` after ``close()``.
    func sum(_ numbers: [Double], of rank: Int) throws -> [Double] {
        try condition.withLock {
            let own = round
            given[rank] = numbers
            if given.count == count {
                sums = numbers.indices.map { place in (0..<count).reduce(0) { $0 + given[$1]![place] } }
                given = [:]
                round += 1
                condition.broadcast()
            }
            while round == own, !isClosed { condition.wait() }
            guard round > own else { throw Self.closed }
            return sums
        }
    }

    /// Ends the calls of those who wait, and all later ones.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }
}

/// What the ranks' bodies came to.
// Sendable: every access to the stored variable is between `lock` and `unlock` of the condition.
private final class Outcomes<Success>: @unchecked Sendable {
    private let condition = NSCondition()
    private var outcomes: [Result<Success, any Error>?]

    init(count: Int) {
        outcomes = Array(repeating: nil, count: count)
    }

    func add(_ outcome: Result<Success, any Error>, of rank: Int) {
        condition.withLock {
            outcomes[rank] = outcome
            condition.broadcast()
        }
    }

    /// Returns when all are there.
    func wait() -> [Result<Success, any Error>] {
        condition.withLock {
            while outcomes.contains(where: { $0 == nil }) { condition.wait() }
            return outcomes.compactMap(\.self)
        }
    }
}
