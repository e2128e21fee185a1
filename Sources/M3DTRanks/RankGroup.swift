/// The processes that train one run together, and which of them this is.
///
/// All ranks call the same functions in the same order, each from one thread at a time; a call returns when all ranks have made it. A
/// process that trains by itself is a group as well: ``OneProcess``.
public protocol RankGroup: AnyObject {
    /// This process's number, from 0.
    var rank: Int { get }
    /// The number of processes.
    var count: Int { get }

    /// Replaces numbers by their sums over all ranks: the same bits on each.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    func sum(_ numbers: UnsafeMutableBufferPointer<Float>) throws

    /// Replaces numbers by their sums over all ranks: the same bits on each.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws
}

extension RankGroup {
    /// This is the rank that writes what is written once: checkpoints, metrics, progress.
    public var isFirst: Bool { rank == 0 }

    /// The sum of a number over all ranks.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    public func sum(_ number: Double) throws -> Double {
        var sum = [number]
        try sum.withUnsafeMutableBufferPointer { try self.sum($0) }
        return sum[0]
    }

    /// The numbers of all ranks, in their order; each gives as many.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    public func gather(_ numbers: [Double]) throws -> [[Double]] {
        var all = [Double](repeating: 0, count: numbers.count * count)
        all.replaceSubrange(rank * numbers.count..<(rank + 1) * numbers.count, with: numbers)
        try all.withUnsafeMutableBufferPointer { try sum($0) }
        return (0..<count).map { Array(all[$0 * numbers.count..<($0 + 1) * numbers.count]) }
    }

    /// Whether it is so on any rank.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    public func any(_ isSo: Bool) throws -> Bool {
        try sum(isSo ? 1 : 0) > 0
    }

    /// Returns when all ranks have come here.
    ///
    /// - Throws: ``RankError`` where another rank cannot be reached.
    public func wait() throws {
        _ = try sum(0)
    }

    /// Runs `body` on the first rank, while the others wait.
    ///
    /// - Throws: What `body` throws; ``RankError`` where another rank cannot be reached.
    public func onFirst(_ body: () throws -> Void) throws {
        if isFirst { try body() }
        try wait()
    }

    /// Checks that all ranks hold the same, going by a checksum, which is not asked for where there is one rank.
    ///
    /// - Parameters:
    ///   - what: For the message, such as `the weights of backbone after step 500`.
    ///   - checksum: As many characters on all ranks.
    /// - Throws: ``RankError/apart(what:)`` on all ranks where they differ.
    public func agree(on what: @autoclosure () -> String, _ checksum: () throws -> String) throws {
        guard count > 1 else { return }
        let own = try checksum().utf8.map(Double.init)
        guard try gather(own).allSatisfy({ $0 == own }) else { throw RankError.apart(what: what()) }
    }
}

/// A process that trains by itself.
public final class OneProcess: RankGroup {
    public let rank = 0
    public let count = 1

    public init() {}

    public func sum(_ numbers: UnsafeMutableBufferPointer<Float>) {}
    public func sum(_ numbers: UnsafeMutableBufferPointer<Double>) {}
}
