import M3DTRandom
import M3DTSimulation
import M3DTTensor
import Testing

@testable import M3DTActorCritic

@Suite struct FeatureScaleTests {
    /// The second number moves a hundred times as far as the first, the third not at all.
    static func episodes(_ count: Int) -> [PlayedEpisode] {
        var random = RandomStream(seed: 3)
        return (0..<count).map { _ in
            let observations = (0..<20).flatMap { _ -> [Double] in [random.normal(), 100 * random.normal() + 40, 7] }
            return PlayedEpisode(observations: observations.map { Float($0) })
        }
    }

    @Test func whatWasPlayedComesToMean0AndDeviation1() throws {
        let episodes = Self.episodes(3)
        let scale = try FeatureScale(RunningMoments(width: 3)).following(episodes)
        let plain = episodes.flatMap(\.observations)
        let scaled = try scale.scaled(.of(plain, shape: [60, 3])).floats()
        for column in 0..<2 {
            let numbers = stride(from: column, to: scaled.count, by: 3).map { Double(scaled[$0]) }
            #expect(abs(numbers.reduce(0, +)) / 60 < 1e-5)
            #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } / 60 - 1) < 1e-4)
        }
        // What does not move is not blown up.
        #expect(stride(from: 2, to: scaled.count, by: 3).allSatisfy { scaled[$0] == 0 })
    }

    @Test func episodesInPartsGiveTheSameScale() throws {
        let episodes = Self.episodes(4)
        let start = try FeatureScale(RunningMoments(width: 3))
        let parts = try start.following(Array(episodes.prefix(1))).following(Array(episodes.dropFirst()))
        #expect(try start.following(episodes).moments == parts.moments)
    }

    @Test func beforeAnythingWasPlayedNothingIsScaled() throws {
        let numbers: [Float] = [3, -4]
        let scale = try FeatureScale(RunningMoments(width: 2))
        #expect(try scale.scaled(.of(numbers, shape: [1, 2])).floats() == numbers)
    }

    @Test func theFoldedActorTakesPlainObservations() throws {
        let episodes = Self.episodes(2)
        let scale = try FeatureScale(RunningMoments(width: 3)).following(episodes)
        var stream = RandomStream(seed: 5)
        let network = try ActorNetwork(featureWidth: 3, actionWidth: 2, width: 8, stream: &stream)
        let plain = Array(episodes[0].observations.prefix(3))
        let expected = try network.outputs(scale.scaled(.of(plain, shape: [1, 3]))).floats()
        let outputs = scale.folded(into: try network.policy()).outputs(plain.map { Double($0) })
        for i in 0..<4 { #expect(abs(outputs[i] - expected[i]) < 1e-4) }
        #expect(try network.policy().outputs(plain.map { Double($0) }) != outputs)
    }
}
