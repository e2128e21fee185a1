import Foundation
import M3DTRandom
import Testing

@Suite("Splitting of random streams")
struct RandomSplitTests {
    @Test("A part is the same wherever the whole stands")
    func independentOfPosition() {
        var stream = RandomStream(seed: 1)
        let (named, numbered) = (stream.split("task"), stream.split(4))
        for _ in 0..<5 { _ = stream.next() }
        #expect(stream.split("task") == named)
        #expect(stream.split(4) == numbered)
        #expect(named.counter == 0)
    }

    @Test("No two seeds, labels or indices share a key")
    func distinctKeys() {
        let root = RandomStream(seed: 0)
        var keys: [UInt64] = (0..<10_000).map { RandomStream(seed: $0).key }
        keys += (-5_000..<5_000).map { root.split($0).key }
        keys += (0..<10_000).map { root.split("task-\($0)").key }
        keys += (0..<100).flatMap { outer in (0..<100).map { root.split("a").split(outer).split($0).key } }
        #expect(Set(keys).count == keys.count)
        #expect(root.split("ab").key != root.split("ba").key)
        #expect(root.split("a").split("b").key != root.split("b").split("a").key)
        #expect(root.split("").key != root.key)
    }

    @Test("The same word of many parts is uniform", arguments: ["index", "label", "seed", "nested"])
    func firstWordsUniform(kind: String) {
        let root = RandomStream(seed: 11)
        let numbers = (0..<40_000).map { index -> Double in
            var stream =
                switch kind {
                case "index": root.split(index)
                case "label": root.split("part \(index)")
                case "seed": RandomStream(seed: UInt64(index))
                default: root.split(index / 200).split(index % 200)
                }
            return stream.uniform()
        }
        #expect(chiSquare(numbers, cells: 100) < chiSquareBound(cells: 100))
        #expect(abs(correlation(Array(numbers.dropLast()), Array(numbers.dropFirst()))) < 5 / 200)
    }

    @Test("Neighbouring parts are uncorrelated with each other and with the whole")
    func uncorrelated() {
        func numbers(_ stream: RandomStream) -> [Double] {
            var stream = stream
            return (0..<10_000).map { _ in stream.uniform() }
        }
        let root = RandomStream(seed: 2)
        let streams = [
            root, root.split(0), root.split(1), root.split(0).split(0), root.split("0"), RandomStream(seed: 3),
        ]
        let drawn = streams.map(numbers)
        for (first, second) in drawn.indices.flatMap({ first in (0..<first).map { (first, $0) } }) {
            #expect(abs(correlation(drawn[first], drawn[second])) < 5 / 100, "\(first) and \(second)")
            // The pairs fill the square evenly.
            let pairs = zip(drawn[first], drawn[second]).map { (floor($0 * 10) + $1) / 10 }
            #expect(chiSquare(pairs, cells: 100) < chiSquareBound(cells: 100), "\(first) and \(second)")
        }
    }
}
