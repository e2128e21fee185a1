import Foundation
import M3DTRandom
import Testing

/// Each bound is five deviations or more, so that a sound generator passes for almost every seed, and a wrong mean,
/// scale or end point fails for every one.
@Suite("Distributions of random numbers", .serialized)
struct RandomDistributionTests {
    static let count = 100_000

    static func drawn(_ number: (inout RandomStream) -> Double) -> [Double] {
        var stream = RandomStream(seed: 20)
        return (0..<count).map { _ in number(&stream) }
    }

    static func moment(_ power: Int, _ numbers: [Double]) -> Double {
        numbers.reduce(0) { $0 + pow($1, Double(power)) } / Double(numbers.count)
    }

    @Test("Uniform numbers fill [0, 1) evenly")
    func uniform() {
        let numbers = Self.drawn { $0.uniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(chiSquare(numbers, cells: 256) < chiSquareBound(cells: 256))
        // Deviations of the means of x and x² are 0.2887 and 0.2981 over the root of the count.
        #expect(abs(Self.moment(1, numbers) - 1 / 2) < 5 * 0.2887 / 316)
        #expect(abs(Self.moment(2, numbers) - 1 / 3) < 5 * 0.2981 / 316)
        let lag = correlation(Array(numbers.dropLast()), Array(numbers.dropFirst()))
        #expect(abs(lag) < 5 / 316)
    }

    @Test("Uniform numbers have all 53 bits")
    func bits() {
        var seen: UInt64 = 0
        var common = UInt64.max
        for number in Self.drawn({ $0.uniform() }).prefix(200) {
            let bits = UInt64(number * 0x1p53)
            seen |= bits
            common &= bits
        }
        #expect(seen == 1 << 53 - 1)
        #expect(common == 0)
    }

    @Test("Uniform numbers of an interval stay inside and fill it")
    func interval() {
        let numbers = Self.drawn { $0.uniform(-3, 5) }
        #expect(numbers.allSatisfy { (-3..<5).contains($0) })
        #expect(chiSquare(numbers.map { ($0 + 3) / 8 }, cells: 64) < chiSquareBound(cells: 64))
    }

    @Test("Normal numbers have the moments and the shape of the normal distribution")
    func normal() {
        let numbers = Self.drawn { $0.normal() }
        #expect(numbers.allSatisfy { $0.isFinite })
        // Deviations of the means of x, x², x³ and x⁴ are the roots of 1, 2, 15 and 96.
        #expect(abs(Self.moment(1, numbers)) < 5 * 1 / 316)
        #expect(abs(Self.moment(2, numbers) - 1) < 5 * 1.4143 / 316)
        #expect(abs(Self.moment(3, numbers)) < 5 * 3.873 / 316)
        #expect(abs(Self.moment(4, numbers) - 3) < 5 * 9.798 / 316)
        let ranks = numbers.map { min(0.5 * erfc(-$0 / 2.0.squareRoot()), 1.nextDown) }
        #expect(chiSquare(ranks, cells: 100) < chiSquareBound(cells: 100))
        #expect(abs(correlation(Array(numbers.dropLast()), Array(numbers.dropFirst()))) < 5 / 316)
        // One of 100 000 lies beyond 4.4 deviations; a cut-off tail would show.
        #expect((4...6).contains(numbers.map(abs).max() ?? 0))
    }

    @Test("Random indices are uniform", arguments: [1, 2, 3, 7, 100, 1000])
    func indices(bound: Int) {
        var stream = RandomStream(seed: UInt64(bound))
        let numbers = (0..<Self.count).map { _ in stream.index(below: bound) }
        #expect(numbers.allSatisfy { (0..<bound).contains($0) })
        let cells = numbers.map { (Double($0) + 0.5) / Double(bound) }
        #expect(chiSquare(cells, cells: bound) < chiSquareBound(cells: bound))
    }

    @Test("Indices below a huge bound are not rounded")
    func hugeBound() {
        var stream = RandomStream(seed: 1)
        let numbers = (0..<1000).map { _ in stream.index(below: .max) }
        #expect(numbers.allSatisfy { $0 >= 0 })
        #expect(Set(numbers).count == 1000)
        #expect(numbers.contains { !$0.isMultiple(of: 2) } && numbers.contains { $0 > Int.max / 2 })
    }

    @Test("Every order of four elements is equally likely")
    func shuffleUniform() {
        var stream = RandomStream(seed: 4)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<24_000 {
            var elements = [0, 1, 2, 3]
            stream.shuffle(&elements)
            counts[elements, default: 0] += 1
        }
        #expect(counts.count == 24)
        let statistic = counts.values.reduce(0.0) { $0 + pow(Double($1) - 1000, 2) / 1000 }
        #expect(statistic < chiSquareBound(cells: 24))
    }

    @Test("Shuffling keeps every element, and little stays in its place")
    func shufflePermutes() {
        var stream = RandomStream(seed: 4)
        var elements = Array(0..<1000)
        stream.shuffle(&elements)
        #expect(elements.sorted() == Array(0..<1000))
        #expect(elements.enumerated().count { $0.offset == $0.element } < 8)
        for short in [[], [1]] {
            var same = short
            stream.shuffle(&same)
            #expect(same == short)
        }
    }

    @Test("Swift's own drawing accepts the stream")
    func standardLibrary() {
        var stream = RandomStream(seed: 6)
        let numbers = (0..<Self.count).map { _ in Double.random(in: 0..<1, using: &stream) }
        #expect(chiSquare(numbers, cells: 64) < chiSquareBound(cells: 64))
    }
}
