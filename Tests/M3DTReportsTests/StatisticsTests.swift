import Testing

@testable import M3DTReports

/// Expected numbers of plain samples are those of NumPy 2.4 and SciPy 1.17; ``RliableTests`` has the comparison with rliable.
@Suite struct StatisticsTests {
    private static func scores(_ offset: Int) -> [[Double]] {
        (0..<7).map { task in
            (0..<5).map { run in Double((37 * run + 53 * task + 11 * run * task + offset) % 101) }
        }
    }

    private let first = try? ScoreStrata(scores(0))
    private let second = try? ScoreStrata(scores(20))
    private let sample = [0.0, 37.0, 74.0, 10.0, 47.0, 0.125, 99.5, 3.0]

    private func close(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(value - expected) <= tolerance * max(abs(expected), 1)
    }

    @Test func plainStatisticsEqualScipy() throws {
        #expect(try SampleStatistics.mean(sample) == 33.828125)
        #expect(close(try SampleStatistics.standardDeviation(sample), 37.62318680372327))
        #expect(close(try SampleStatistics.standardError(sample), 13.301805259380476))
        #expect(try SampleStatistics.interquartileMean(sample) == 24.25)
    }

    @Test(arguments: [
        (0.0, 0.0), (0.025, 0.021875), (0.3, 3.7), (0.5, 23.5), (0.975, 95.0375), (1, 99.5),
    ])
    func quantilesEqualNumpy(fraction: Double, expected: Double) throws {
        #expect(close(try SampleStatistics.quantile(sample, fraction), expected))
    }

    @Test(arguments: zip(1...9, [1.0, 2.5, 14.0 / 3, 6.5, 29.0 / 3, 13.5, 18, 21.5, 27]))
    func theInterquartileMeanCutsAsScipyDoes(count: Int, expected: Double) throws {
        let squares = (1...count).reversed().map { Double($0 * $0) }
        #expect(close(try SampleStatistics.interquartileMean(squares), expected))
    }

    @Test func oneNumberHasNoSpread() throws {
        #expect(try SampleStatistics.standardError([4]) == 0)
        #expect(try SampleStatistics.quantile([4], 0.9) == 4)
    }

    @Test func thresholdsMayComeInAnyOrder() throws {
        let profile = try #require(first).performanceProfile(thresholds: [75, 0, 100, 25], Bootstrap(replicates: 2))
        #expect(profile.map(\.value).map { ($0 * 35).rounded() } == [4, 33, 0, 24])
    }

    @Test func theSameSeedGivesTheSameIntervalAndAnotherDoesNot() throws {
        let first = try #require(first)
        let interval = first.meanInterval(Bootstrap(replicates: 200, seed: 4))
        #expect(first.meanInterval(Bootstrap(replicates: 200, seed: 4)) == interval)
        #expect(first.meanInterval(Bootstrap(replicates: 200, seed: 5)) != interval)
    }

    @Test func runsAreDrawnInsideTheirTaskOnly() throws {
        // Every task's runs are equal, so no replicate can differ however far the tasks lie apart.
        let strata = try ScoreStrata([[0, 0, 0], [100, 100, 100], [7, 7]])
        let interval = strata.meanInterval(Bootstrap(replicates: 50))
        #expect(interval.lower == interval.value && interval.upper == interval.value)
    }

    @Test func moreConfidenceIsWider() throws {
        let first = try #require(first)
        let narrow = first.meanInterval(Bootstrap(replicates: 500, confidence: 0.5))
        let wide = first.meanInterval(Bootstrap(replicates: 500, confidence: 0.99))
        #expect(wide.lower < narrow.lower && narrow.upper < wide.upper)
    }

    @Test func aMethodAgainstItselfIsEven() throws {
        let first = try #require(first)
        let even = try first.probabilityOfImprovement(over: first, Bootstrap(replicates: 100))
        #expect(close(even.value, 0.5))
        #expect(even.lower < 0.5 && even.upper > 0.5)
    }

    @Test func tasksMayHaveDifferentNumbersOfRuns() throws {
        let strata = try ScoreStrata([[10], [20, 40]])
        #expect(strata.mean == 20)
        #expect(strata.performanceProfile(thresholds: [15, 30], Bootstrap(replicates: 2)).map(\.value) == [0.5, 0.25])
    }

    @Test func emptyAndBrokenSamplesAreErrors() throws {
        #expect(throws: ReportError.emptySample(statistic: "the mean")) { try SampleStatistics.mean([]) }
        #expect(throws: ReportError.sampleNotFinite(statistic: "a quantile")) {
            try SampleStatistics.quantile([1, .nan], 0.5)
        }
        #expect(throws: ReportError.emptySample(statistic: "the scores of a method")) { try ScoreStrata([]) }
        #expect(throws: ReportError.emptySample(statistic: "the scores of a task")) { try ScoreStrata([[1], []]) }
        let first = try #require(first)
        #expect(
            throws: ReportError.taskCounts(statistic: "the probability of improvement", first: 7, second: 1)
        ) { try first.probabilityOfImprovement(over: ScoreStrata([[1]])) }
    }
}
