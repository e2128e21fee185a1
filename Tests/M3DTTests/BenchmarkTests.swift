import Foundation
import M3DTModel
import M3DTReports
import M3DTTensor
import Testing

@testable import M3DT

@Suite struct BenchmarkTests {
    /// Sizes so small that they take no time, but wide enough for the simulation that evaluations are timed in.
    private static let small = ModelConfiguration(
        stateWidth: 20, actionWidth: 6, width: 8, layers: 2, heads: 2, contextSteps: 3, promptSteps: 2,
        episodeSteps: 200, dropout: 0)

    @Test(arguments: BenchmarkCase.standard, [Device.cpu, .rehearsal])
    func everyCaseIsMeasured(standard: BenchmarkCase, device: Device) throws {
        let work = BenchmarkCase(
            standard.name, standard.work, experts: min(standard.experts, 2), rows: 2, repetitions: 2)
        var benchmark = Benchmark()
        benchmark.tasks = 2
        benchmark.device = device
        benchmark.model = Self.small
        let result = try benchmark.measure(work, precision: .float32)
        #expect(result.ours.map(\.count) == [2, 2, 2])
        #expect(result.ours.joined().allSatisfy { $0 > 0 && $0 < 60_000 })
        #expect(result.theirs.isEmpty && result.ratio(to: .float32) == nil)
        let share = result.share(ofPeak: 1e12, benchmark.model)
        let isTraining = [.backbone, .expert, .router].contains(work.work)
        #expect(isTraining ? (0..<1).contains(try #require(result.waitShare)) : result.waitShare == nil)
        #expect(result.memory > 1)
        #expect((share != nil) == (isTraining || [.stage, .action].contains(work.work)))
    }

    /// As the project's targets name them; every one has a name of its own.
    @Test func theCasesAreThoseOfTheTargets() {
        let cases = BenchmarkCase.standard
        #expect(Set(cases.map(\.name)).count == cases.count)
        #expect(Set(cases.map(\.work)) == Set(BenchmarkCase.Work.allCases))
        #expect(cases.filter { $0.work == .router }.map(\.experts) == [8, 24, 48])
        for acting in [BenchmarkCase.Work.action, .rolling] {
            #expect(cases.filter { $0.work == acting }.map { [$0.rows, $0.experts] } == [[1, 48], [32, 48]])
        }
    }

    /// The other side is asked once in a round for each precision; there are more rounds until the time is over.
    @Test func roundsGoOnUntilTheTimeIsOver() throws {
        func played(_ precision: Precision, least: Int, seconds: Double) throws -> (Rounds, [Precision]) {
            var asked: [Precision] = []
            let rounds = Rounds(BenchmarkCase("", .batch, repetitions: 2), precision, least: least, seconds: seconds) {
                asked.append($0)
                return [4]
            }
            #expect(throws: Rounds.Enough.self) { while true { try rounds.note(milliseconds: 2) } }
            return (rounds, asked)
        }
        let (few, asked) = try played(.bfloat16, least: 2, seconds: 0)
        #expect(few.result.ours == [[2, 2], [2, 2]] && asked == [.float32, .bfloat16, .float32, .bfloat16])
        #expect(few.result.ratio(to: .bfloat16)?.median == 2)
        let (many, others) = try played(.float32, least: 2, seconds: 1000)
        #expect(many.result.ours.count == 30 && others.count == 30 && Set(others) == [.float32])
    }

    @Test func aStageIsTimedByItsSteps() throws {
        #expect(BenchmarkCase.standard.filter { $0.steps > 1 }.map(\.name) == ["stage"])
        let rounds = Rounds(BenchmarkCase("", .stage, repetitions: 1), .float32, least: 1, seconds: 0) { _ in nil }
        #expect(throws: Rounds.Enough.self) { try rounds.play { usleep(20_000) } }
        #expect((1..<100).contains(rounds.result.milliseconds), "a twentieth of at least 20 ms")
    }

    /// Rows that stand in columns: as wide as their heads, whatever the numbers.
    @Test func theTableLinesUp() throws {
        var report = BenchmarkReport(model: Self.small)
        report.peaks = [.float32: 1e12]
        for (time, theirs) in [(0.5, 1.0), (1234, 150_000)] {
            var result = BenchmarkResult(work: BenchmarkCase.standard[0], precision: .float32)
            result.ours = [[time], [time]]
            result.theirs = [.float32: [[theirs], [2 * theirs]]]
            (result.theirMemory, result.waitShare, result.pytorch) = (100, 0.001, "2.0")
            report.results.append(result)
        }
        let table = try report.table()
        #expect(table.rows.map { $0[4] } == ["3.00x [2.00, 4.00]", " 182x [ 122,  243]"])
        #expect(table.rows.map { $0[3] } == ["2000", "0.81"] && table.rows.map { $0[5] } == ["–", "–"])
        #expect(Set(table.text().split(separator: "\n").map(\.count)).count == 1)
        let csv = try report.csv(threads: 2)
        #expect(csv.rows.allSatisfy { $0[0] == "backbone" && $0[2] == "2" && $0.last == "2.0" })
        #expect(report.lastLine == "1234 ms, PyTorch takes  182x [ 122,  243]")
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

    /// By hand: one or two blocks of width 2 with one expert, 3 tokens in a row, an action read from one of them.
    @Test(arguments: [1.0, 2.0]) func operationsAreThoseOfTheMethod(blocks: Double) {
        let model = ModelConfiguration(width: 2, layers: Int(blocks), heads: 1, contextSteps: 1, promptSteps: 0)
        func operations(_ work: BenchmarkCase.Work, experts: Int) -> Double {
            BenchmarkCase("", work, experts: experts, rows: 1, repetitions: 1).operations(model)
        }
        // Weights of a block: into attention, for all 3 tokens; out of it, and of the networks, for 1 in the last block.
        let (into, out, feedForward, router) = (12.0, 4.0, 32.0, 180.0)
        let tokens = blocks == 1 ? 1.0 : 4.0
        let attention = blocks * 3 * into + tokens * out
        let (first, firstTokens) = blocks == 1 ? (40.0, 1.0) : (48.0, 3.0)
        let backbone = 3 * (attention + tokens * feedForward)
        let expert = 2 * attention - first + tokens * 5 * feedForward
        let mixture = 2 * attention - first + tokens * (4 * feedForward + 3 * router) - firstTokens * feedForward
        #expect(operations(.backbone, experts: 0) == 2 * backbone)
        #expect(operations(.stage, experts: 0) == 2 * backbone)
        #expect(operations(.expert, experts: 1) == 2 * expert)
        #expect(operations(.router, experts: 1) == 2 * mixture)
        // Of the three tokens, the last is that of the action itself.
        let acting = blocks * 2 * into + (2 * blocks - 1) * (out + 2 * feedForward + router)
        #expect(operations(.action, experts: 1) == 2 * acting)
        #expect(operations(.rolling, experts: 1) == 0)
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
        let words = ["bench", "point", "rows", "4", "--rounds", "1", "--seconds", "0", "--precision", "float32"]
        let point = try JSONDecoder().decode(ScalingPoint.self, from: Data(Program.run(words).output.utf8))
        #expect(point.series == .rows && point.size == 4 && point.milliseconds > 0 && point.peakMemory > 10)
        #expect(try Program.run(["bench", "scaling", "row"]).errors.contains("did you mean 'rows'"))
    }

    /// What the command writes keeps what was there of other cases.
    @Test func aCaseIsMeasuredByAProcessOfItsOwn() throws {
        try withTemporaryFolder { folder in
            let csv = folder.appendingPathComponent("speed.csv")
            var before = try BenchmarkReport(model: Self.small).csv(threads: 1)
            let last = [String](repeating: "", count: before.columns.count - 3)
            try before.append(["batch", "bfloat16", "1"] + last)
            try before.append(["other", "bfloat16", "1"] + last)
            try before.write(to: csv)
            let result = try Program.run([
                "bench", "batch", "--precisions", "bfloat16", "float32", "--rounds", "1", "--seconds", "0", "--threads",
                "1", "--csv",
                csv.path,
            ])
            #expect(result.code == 0 && result.output.contains("batch, bfloat16:"))
            #expect(result.output.contains("GFLOP/s in float32"))
            let after = try CSVTable(contentsOf: csv)
            #expect(after.rows.map { $0[0] } == ["batch", "other"] && after.rows[1] == before.rows[1])
            #expect(try #require(Double(after.rows[0][4])) > 0)
        }
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
