import Foundation
import Testing

@testable import M3DTReports

/// What the rliable package computes on the same scores, as `Scripts/record_rliable.py` has recorded it.
@Suite struct RliableTests {
    struct Recording: Decodable, Sendable {
        let replicates: Int
        let cases: [Case]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let first: [[Double]]
        let second: [[Double]]
        let thresholds: [Double]
        let mean: Estimate
        let iqm: Estimate
        let improvement: Estimate
        let profile: [Estimate]

        var testDescription: String { name }
    }

    struct Estimate: Decodable, Sendable {
        let value: Double
        let interval: [Double]
        /// Between which numbers the lower end lies: quantiles of rliable's replicates, four standard errors around 2.5 %.
        let lower: [Double]
        let upper: [Double]
    }

    private static let recording: Recording? = {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/rliable/scores.json")
        return (try? Data(contentsOf: url)).flatMap { try? JSONDecoder().decode(Recording.self, from: $0) }
    }()

    private static let exact = 1e-9

    /// The value is the same, and so are the ends of the interval up to the chance in both bootstraps.
    private func check(_ estimate: IntervalEstimate, _ recorded: Estimate, _ name: String) {
        #expect(abs(estimate.value - recorded.value) <= Self.exact, "\(name): \(estimate.value)")
        for (end, bracket) in [(estimate.lower, recorded.lower), (estimate.upper, recorded.upper)] {
            #expect(bracket[0] - Self.exact <= end && end <= bracket[1] + Self.exact, "\(name): \(end) in \(bracket)")
        }
    }

    @Test func theRecordingIsThere() throws {
        let recording = try #require(Self.recording)
        #expect(recording.cases.count == 4 && recording.replicates == 4000)
        // Brackets that are wide would prove nothing.
        for estimate in recording.cases.flatMap({ [$0.mean, $0.iqm, $0.improvement] }) {
            let width = estimate.interval[1] - estimate.interval[0]
            for bracket in [estimate.lower, estimate.upper] { #expect(bracket[1] - bracket[0] <= 0.25 * width) }
        }
    }

    @Test(arguments: recording?.cases ?? [])
    func statisticsEqualThoseOfRliable(recorded: Case) throws {
        let (first, second) = (try ScoreStrata(recorded.first), try ScoreStrata(recorded.second))
        let bootstrap = Bootstrap(replicates: try #require(Self.recording).replicates)
        check(first.meanInterval(bootstrap), recorded.mean, "mean")
        check(first.interquartileMeanInterval(bootstrap), recorded.iqm, "interquartile mean")
        check(try first.probabilityOfImprovement(over: second, bootstrap), recorded.improvement, "improvement")
        let profile = first.performanceProfile(thresholds: recorded.thresholds, bootstrap)
        try #require(profile.count == recorded.profile.count)
        for (index, estimate) in profile.enumerated() {
            check(estimate, recorded.profile[index], "profile at \(recorded.thresholds[index])")
        }
    }
}
