import Foundation
import M3DTData
import M3DTRandom
import M3DTTensor
import Testing

@testable import M3DTTraining

@Suite struct SketchTests {
    private func vector(_ count: Int, seed: UInt64) -> [Float] {
        var stream = RandomStream(seed: seed)
        return (0..<count).map { _ in Float(stream.normal()) }
    }

    private func product(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test(arguments: [1, 3, 4, 5, 103])
    func everyPlaceGoesWithItsSignToOnePlace(count: Int) {
        let sketch = RandomSketch(width: 16, seed: 1)
        var sum = [Double](repeating: 0, count: 16)
        for place in 0..<count {
            var unit = [Float](repeating: 0, count: count)
            unit[place] = 2
            let one = sketch(unit)
            #expect(one.count { $0 != 0 } == 1 && one.allSatisfy { $0 == 0 || abs($0) == 2 })
            for index in one.indices { sum[index] += one[index] }
        }
        // The sketch of a sum is the sum of the sketches.
        #expect(sketch([Float](repeating: 2, count: count)) == sum)
        #expect(sketch([Float](repeating: 2, count: count + 40)).count == 16)
    }

    @Test func signsAndPlacesAreEven() {
        let (width, count) = (8, 800)
        let sketch = RandomSketch(width: width, seed: 5)
        var (places, negative) = ([Int](repeating: 0, count: width), 0)
        for start in stride(from: 0, to: count, by: 100) {
            for place in start..<start + 50 {
                var unit = [Float](repeating: 0, count: count)
                unit[place] = 1
                let one = sketch(unit)
                let target = one.firstIndex { $0 != 0 } ?? 0
                places[target] += 1
                if one[target] < 0 { negative += 1 }
            }
        }
        // 400 draws: the deviation of a count of 50 is 6.6, of 200 it is 10.
        #expect(places.allSatisfy { abs($0 - 50) < 30 }, "\(places)")
        #expect(abs(negative - 200) < 45, "\(negative)")
    }

    @Test func productsHaveTheRightMeanAndSpread() {
        let (left, right) = (vector(200, seed: 1), vector(200, seed: 2))
        let sum = zip(left, right).map { $0 + $1 }
        func numbers(_ vector: [Float]) -> [Double] { vector.map(Double.init) }
        for (one, other) in [(left, left), (left, right), (left, sum)] {
            let exact = product(numbers(one), numbers(other))
            let lengths = (product(numbers(one), numbers(one)) * product(numbers(other), numbers(other))).squareRoot()
            let deviations = (0..<300).map { seed in
                let sketch = RandomSketch(width: 64, seed: UInt64(seed))
                return (product(sketch(one), sketch(other)) - exact) / lengths
            }
            let mean = deviations.reduce(0, +) / 300
            let spread = (deviations.reduce(0) { $0 + $1 * $1 } / 300).squareRoot()
            let bound = (2.0 / 64).squareRoot()
            #expect(abs(mean) < 4 * bound / 300.0.squareRoot(), "\(mean)")
            #expect(spread < 1.15 * bound && spread > 0.3 * bound, "\(spread)")
        }
    }

    @Test func anotherSeedIsAnotherProjection() {
        let numbers = vector(100, seed: 3)
        #expect(RandomSketch(width: 32, seed: 1)(numbers) == RandomSketch(width: 32, seed: 1)(numbers))
        #expect(RandomSketch(width: 32, seed: 1)(numbers) != RandomSketch(width: 32, seed: 2)(numbers))
    }

    @Test func sketchesOfAgreementVectorsAreThoseOfTheVectors() throws {
        let (stage, source) = (try BackboneStage(.tiny, seed: 1), WatchedSource(try Sampler.tiny()))
        var options = AgreementOptions()
        (options.batches, options.precision, options.sketch, options.seed) = (2, .float32, 128, 6)
        let gram = try GradientAgreement.products(of: stage.backbone, source: source, options: options)
        // Each gradient twice, and never more: two passes, whatever the number of tasks.
        for task in 0..<3 { #expect(source.drawn.count { $0.tasks.allSatisfy { $0 == task } } == 2 * 2) }
        #expect(!stage.trainableParameters.contains { $0.parameter.isTrainable })

        let gradients = TaskGradients(
            stage, try FlatParameters(stage.trainableParameters), source, batches: 2, precision: .float32,
            normLimit: 0.25)
        let numbers = try (0..<3).map { try gradients.gradient(of: $0).floats() }
        let mean = numbers[0].indices.map { index in numbers.reduce(0) { $0 + $1[index] } / 3 }
        let sketch = RandomSketch(width: 128, seed: 6)
        let expected = GramMatrix(numbers.map { sketch(zip($0, mean).map(*)) })
        for row in 0..<3 {
            for column in 0..<3 {
                let size = (expected[row, row] * expected[column, column]).squareRoot()
                #expect(abs(gram[row, column] - expected[row, column]) < 1e-3 * size, "\(row), \(column)")
            }
        }
        options.sketch = 0
        #expect(throws: TrainingError.self) {
            try GradientAgreement.products(of: stage.backbone, source: source, options: options)
        }
    }

    @Test func clustersFarApartAreFoundFromSketches() throws {
        let centres = (0..<4).map { vector(3000, seed: 100 + UInt64($0)) }
        let vectors = (0..<40).map { task -> [Float] in
            zip(centres[task % 4], vector(3000, seed: UInt64(task))).map { $0 + 0.7 * $1 }
        }
        let names = vectors.indices.map { "task-\($0)" }
        func group(_ gram: GramMatrix) throws -> Grouping { try .gradient(gram, tasks: names, experts: 4, seed: 0) }
        let exact = GramMatrix(vectors.map { $0.map(Double.init) })
        let whole = try group(exact)
        for seed in 0..<3 {
            let sketch = RandomSketch(width: 256, seed: UInt64(seed))
            let sketched = try group(GramMatrix(vectors.map { sketch($0) }))
            #expect(sketched.adjustedRandIndex(with: whole) == 1)
            #expect(sketched.inertia(of: exact, tasks: names) == whole.inertia(of: exact, tasks: names))
        }
        #expect(abs(whole.inertia(of: exact, tasks: names) / (whole.inertia ?? 0) - 1) < 1e-9)
        let random = try Grouping.random(tasks: names, experts: 4, seed: 1)
        #expect(random.inertia(of: exact, tasks: names) > 1.5 * whole.inertia(of: exact, tasks: names))
        #expect(abs(random.adjustedRandIndex(with: whole)) < 0.3)
    }
}

@Suite struct GroupingComparisonTests {
    private func grouping(_ experts: [[String]]) -> Grouping { Grouping(method: .random, experts: experts, seed: 0) }

    @Test(
        arguments: [
            ([["a", "b", "c"], ["d", "e", "f"]], [["f", "d", "e"], ["c", "a", "b"]], 1),
            // 2 pairs together in both, 6 in the first, 3 in the second, of 15.
            ([["a", "b", "c"], ["d", "e", "f"]], [["a", "b"], ["c", "d"], ["e", "f"]], 0.8 / 3.3),
            // No pair together in both.
            ([["a", "b"], ["c", "d"]], [["a", "c"], ["b", "d"]], -0.5),
            ([["a"], ["b"], ["c"]], [["c"], ["a"], ["b"]], 1),
            ([["a", "b", "c"]], [["a", "b", "c"]], 1),
        ] as [([[String]], [[String]], Double)])
    func groupingsAreComparedAsByHand(first: [[String]], second: [[String]], index: Double) {
        #expect(abs(grouping(first).adjustedRandIndex(with: grouping(second)) - index) < 1e-12)
        #expect(abs(grouping(second).adjustedRandIndex(with: grouping(first)) - index) < 1e-12)
    }

    @Test func inertiaIsTheSumOfSquaredDistances() {
        let gram = GramMatrix([[0, 0], [2, 0], [5, 1], [5, 5]])
        let names = ["a", "b", "c", "d"]
        #expect(abs(grouping([["a", "b"], ["c", "d"]]).inertia(of: gram, tasks: names) - (2 + 8)) < 1e-9)
        #expect(abs(grouping([["d"], ["b", "a"], ["c"]]).inertia(of: gram, tasks: names) - 2) < 1e-9)
    }

    @Test func groupsOfFurtherExpertsComeAfterTheOld() {
        let both = grouping([["a"], ["b", "c"]]).adding(grouping([["d"]]))
        #expect(both.experts == [["a"], ["b", "c"], ["d"]])
    }
}
