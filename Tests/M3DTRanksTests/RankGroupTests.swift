import Foundation
import Testing

@testable import M3DTRanks

/// What every group of ranks does, tried with one process and with threads.
@Suite struct RankGroupTests {
    /// The results of all ranks.
    private func run<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any RankGroup) throws -> Result
    ) throws -> [Result] {
        count == 1 ? [try body(OneProcess())] : try ThreadRanks.run(count, body)
    }

    @Test(arguments: 1...4)
    func allRanksGetTheSameSums(count: Int) throws {
        let sums = try run(count) { ranks in
            #expect(ranks.count == count)
            var floats = (0..<5).map { Float(ranks.rank) + 0.25 * Float($0) }
            var doubles = [0.1 * Double(ranks.rank + 1)]
            for _ in 0..<3 {
                try floats.withUnsafeMutableBufferPointer { try ranks.sum($0) }
                try doubles.withUnsafeMutableBufferPointer { try ranks.sum($0) }
            }
            return floats.map(Double.init) + doubles
        }
        let (own, third) = (Double(count), Double(count * count))
        let ranks = Double((0..<count).reduce(0, +))
        for sum in sums {
            #expect(sum == sums[0])
            for place in 0..<5 { #expect(sum[place] == third * (ranks + own * 0.25 * Double(place))) }
            #expect(abs(sum[5] - third * 0.1 * (ranks + own)) < 1e-12)
        }
    }

    @Test(arguments: 1...3)
    func numbersAreGatheredInTheOrderOfTheRanks(count: Int) throws {
        let gathered = try run(count) { ranks in try ranks.gather([Double(ranks.rank), 7]) }
        #expect(gathered == Array(repeating: (0..<count).map { [Double($0), 7] }, count: count))
    }

    @Test(arguments: 1...3)
    func oneRankIsEnoughForAny(count: Int) throws {
        let answers = try run(count) { ranks in
            [try ranks.any(false), try ranks.any(ranks.rank == count - 1), try ranks.any(true)]
        }
        #expect(answers == Array(repeating: [false, true, true], count: count))
    }

    @Test func theFirstRankGoesAhead() throws {
        let log = Log()
        _ = try run(3) { ranks in
            try ranks.onFirst { log.add("first") }
            log.add("all")
        }
        #expect(log.lines == ["first", "all", "all", "all"])
    }

    @Test func ranksAgreeOrAllSayThatTheyDoNot() throws {
        _ = try run(3) { ranks in try ranks.agree(on: "the weights") { "08a0" } }
        let errors = try run(3) { ranks in
            #expect(throws: RankError.apart(what: "the weights")) {
                try ranks.agree(on: "the weights") { ranks.rank == 1 ? "08a1" : "08a0" }
            }
            return 1
        }
        #expect(errors == [1, 1, 1])
    }

    @Test func oneProcessNeedsNoChecksum() throws {
        try OneProcess().agree(on: "the weights") { throw CancellationError() }
    }

    @Test func aRankThatFailsEndsTheOthers() throws {
        let log = Log()
        #expect(throws: CancellationError.self) {
            _ = try run(3) { ranks in
                try ranks.wait()
                if ranks.rank == 2 { throw CancellationError() }
                do {
                    try ranks.wait()
                } catch {
                    log.add("\(error)")
                    throw error
                }
            }
        }
        #expect(log.lines.count == 2 && log.lines.allSatisfy { $0.hasPrefix("another rank cannot be reached") })
    }
}

/// Lines that several threads write.
// Sendable: every access to the lines is between `lock` and `unlock`.
private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var written: [String] = []
    var lines: [String] { lock.withLock { written } }

    func add(_ line: String) {
        lock.withLock { written.append(line) }
    }
}
