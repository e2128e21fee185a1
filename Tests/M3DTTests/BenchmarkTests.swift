import Foundation
import M3DTModel
import M3DTReports
import M3DTTensor
import Testing

@testable import M3DT

@Suite struct BenchmarkTests {
    /// Every standard case at sizes so small that it takes no time.
    @Test(arguments: BenchmarkCase.standard, [Device.cpu, .rehearsal])
    func everyCaseIsMeasured(standard: BenchmarkCase, device: Device) throws {
        let work = BenchmarkCase(
            name: standard.name, work: standard.work, experts: min(standard.experts, 2), rows: 2, repetitions: 2)
        var benchmark = Benchmark()
        benchmark.rounds = 3
        benchmark.device = device
        benchmark.model = ModelConfiguration(
            stateWidth: 4, actionWidth: 2, width: 8, layers: 2, heads: 2, contextSteps: 3, promptSteps: 2,
            episodeSteps: 200, dropout: 0)
        let result = try benchmark.measure(work, precision: .float32)
        #expect(result.ours.map(\.count) == [2, 2, 2])
        #expect(result.ours.joined().allSatisfy { $0 > 0 && $0 < 60_000 })
        #expect(result.theirs.isEmpty && result.ratio(to: .float32) == nil)
        var report = BenchmarkReport(model: benchmark.model)
        report.results = [result]
        report.peaks = [.float32: 1e12]
        #expect(try report.table().rows.count == 1)
        let share = result.share(ofPeak: 1e12, benchmark.model)
        let isTraining = [.backbone, .expert, .router].contains(work.work)
        #expect(isTraining ? (0..<1).contains(try #require(result.waitShare)) : result.waitShare == nil)
        #expect(result.memory > 1)
        #expect((share == nil) == [.batch, .action, .rolling].contains(work.work))
    }

    @Test func aRatioIsTheMedianOverRounds() throws {
        var result = BenchmarkResult(work: BenchmarkCase.standard[0], precision: .bfloat16)
        result.ours = [[1, 2, 3], [2, 2, 2], [4, 4, 4]]
        result.theirs = [.float32: [[8, 8, 8], [6, 6, 6], [100, 20, 0]]]
        let ratio = try #require(result.ratio(to: .float32))
        #expect(ratio == (median: 4, least: 3, largest: 5))
        #expect(result.milliseconds == 2)
        #expect(result.ratio(to: .bfloat16) == nil)
    }

    /// By hand: one block of width 2 with one expert, 3 tokens, 1 row.
    @Test func operationsAreThoseOfTheMethod() {
        let model = ModelConfiguration(width: 2, layers: 1, heads: 1, contextSteps: 1, promptSteps: 0)
        func operations(_ work: BenchmarkCase.Work, experts: Int) -> Double {
            BenchmarkCase(name: "", work: work, experts: experts, rows: 1, repetitions: 1).operations(model)
        }
        // Weights of a block; a product counts 2 for each of 3 tokens.
        let (attention, feedForward, router) = (16.0, 32.0, 180.0)
        let backbone = 3 * (attention + feedForward)
        let expert = 2 * attention + 2 * feedForward + 3 * feedForward - attention
        let mixture = 2 * attention + 4 * feedForward + 3 * router - attention - feedForward
        #expect(operations(.backbone, experts: 0) == 6 * backbone)
        #expect(operations(.expert, experts: 1) == 6 * expert)
        #expect(operations(.router, experts: 1) == 6 * mixture)
        #expect(operations(.action, experts: 1) == 0)
        #expect(operations(.batch, experts: 0) == 0)
    }

    @Test func aLineGoesThroughPointsThatLieOnOne() {
        let line = LineFit([1, 2, 5].map { ($0, 3 + 2 * $0) })
        #expect(abs(line.start - 3) < 1e-12 && abs(line.slope - 2) < 1e-12 && line.largestMiss < 1e-12)
        // By hand: least squares of (0, 1), (1, 1), (2, 4).
        let bent = LineFit([(0, 1), (1, 1), (2, 4)])
        #expect(abs(bent.start - 0.5) < 1e-12 && abs(bent.slope - 1.5) < 1e-12 && abs(bent.largestMiss - 1) < 1e-12)
    }

    @Test func scalingIsALineOverEachSeries() throws {
        var report = ScalingReport(precision: .bfloat16, threads: 2)
        for size in ScalingSeries.width.sizes {
            let value = Double(size * size)
            report.points.append(ScalingPoint(.width, size: size, milliseconds: 10 + value / 1e4, peakMemory: value))
        }
        report.points.append(ScalingPoint(.rows, size: 4, milliseconds: 1, peakMemory: 1))
        let table = try report.table()
        #expect(table.rows == [["width", "10 + 0.0001 x width squared", "0 %"] + table.rows[0].suffix(2)])
        #expect(try report.csv().rows.count == ScalingSeries.width.sizes.count + 1)
    }

    @Test func theSizesOfASeriesAreThoseOfTheWork() {
        let (mixture, batch) = (ScalingSeries.experts.work(at: 56), ScalingSeries.rows.work(at: 64))
        #expect(mixture.experts == 56 && mixture.work == .router)
        #expect(batch.rows == 64 && batch.work == .backbone)
        #expect(ScalingSeries.width.benchmark(at: 128).model.width == 128)
        #expect(ScalingSeries.tasks.benchmark(at: 160).tasks == 160)
        for series in ScalingSeries.allCases {
            #expect(series.sizes == series.sizes.sorted() && series.sizes.count > 3)
        }
    }

    @Test func aPointIsMeasuredByAProcessOfItsOwn() throws {
        let result = try Program.run(["bench", "point", "rows", "4", "--rounds", "1", "--precision", "float32"])
        let point = try JSONDecoder().decode(ScalingPoint.self, from: Data(result.output.utf8))
        #expect(point.series == .rows && point.size == 4 && point.milliseconds > 0 && point.peakMemory > 10)
        #expect(try Program.run(["bench", "scaling", "row"]).errors.contains("did you mean 'rows'"))
    }

    @Test func anUnknownCaseIsAnErrorWithTheNearestName() {
        #expect(throws: BenchmarkError.unknownCase(name: "actoin-32", nearest: "action-32")) {
            try BenchmarkCase.named("actoin-32")
        }
        #expect(BenchmarkError.unknownCase(name: "a", nearest: "b").description.contains("did you mean 'b'"))
        for error in [BenchmarkError.noYardstick(path: "x"), .yardstickFailed(reason: "x")] {
            #expect(
                error.description.contains("x") && error.description.contains(" install") || "\(error)".contains("run ")
            )
        }
    }
}
