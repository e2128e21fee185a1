import Foundation
import M3DTRandom
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// The ant's symmetries: what looks alike in the frame also moves alike.
@Suite struct AntFrameTests {
    /// Radians; one for each combination of quarter turns and mirror.
    static let headings = [0.3, 1.2, 1.9, 2.8, 3.4, 4.4, 5.0, 6.0]

    static func observation(seed: UInt64) -> [Double] {
        var random = RandomStream(seed: seed)
        var observation = (0..<27).map { _ in random.uniform(-1, 1) }
        let length = observation[1..<5].reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in 1..<5 { observation[i] /= length }
        return observation
    }

    @Test func headingZeroOnlyRenames() {
        let frame = AntFrame(heading: 0)
        let observation = Self.observation(seed: 1)
        let features = frame.features(observation)
        #expect(features[0] == observation[0])
        #expect(Array(features[1..<5]) == Array(observation[1..<5]))
        #expect(Array(features[5..<9]) == [5, 7, 9, 11].map { observation[$0] })
        #expect(Array(features[9..<13]) == [observation[6], -observation[8], -observation[10], observation[12]])
        #expect(Array(features[13..<19]) == Array(observation[13..<19]))
        #expect(frame.action([1, 2, 3, 4, 5, 6, 7, 8]) == [4, 8, 1, 5, 2, -6, 3, -7])
    }

    @Test func velocityAlongTheHeadingIsForward() {
        for heading in Self.headings {
            var observation = [Double](repeating: 0, count: 27)
            (observation[1], observation[13], observation[14]) = (1, cos(heading), sin(heading))
            let features = AntFrame(heading: heading).features(observation)
            #expect(abs(features[13] - 1) < 1e-12)
            #expect(abs(features[14]) < 1e-12)
        }
    }

    @Test func theBodyIsTurnedToOneSideByAtMostHalfAQuarter() {
        let upright: [Double] = [0.75, 1, 0, 0, 0] + [Double](repeating: 0, count: 22)
        for heading in stride(from: 0, to: 2 * Double.pi, by: 0.05) {
            let features = AntFrame(heading: heading).features(upright)
            let turn = 2 * atan2(features[4], features[1])
            #expect((-Double.pi / 4 - 1e-9...1e-9).contains(turn), "heading \(heading)")
        }
    }

    @Test func actionsKeepTheirSizes() {
        for heading in Self.headings {
            let action = AntFrame(heading: heading).action([1, 2, 3, 4, 5, 6, 7, 8])
            #expect(action.map { abs($0) }.sorted() == [1, 2, 3, 4, 5, 6, 7, 8])
        }
    }

    /// Headings that turns and mirrors bring to 0.3 radians.
    static let symmetricHeadings: [Double] =
        [1, 2, 3].map { 0.3 + $0 * Double.pi / 2 } + [0, 1, 2].map { $0 * Double.pi / 2 - 0.3 }

    /// The same actions, as the frame sees them, must have the same effects under all headings that symmetries connect.
    @Test(arguments: symmetricHeadings)
    func symmetricTasksMoveAlike(heading: Double) throws {
        let reference = try Self.episode(heading: 0.3)
        for (step, (first, second)) in zip(reference, try Self.episode(heading: heading)).enumerated() {
            let deviation = zip(first, second).map { abs($0 - $1) }.max() ?? .infinity
            #expect(deviation < 1e-6, "step \(step)")
        }
    }

    /// Features and rewards of some steps under actions that are the same in the frame.
    static func episode(heading: Double) throws -> [[Double]] {
        let task = TaskSpecification(
            name: "ant", domain: .antDir, observationWidth: 27, actionWidth: 8, episodeSteps: 200, goal: heading,
            targetReturn: 500, returnScale: 500, score: .linear(offset: 0, range: 500), evaluationEpisodes: 1)
        let environment = try NativeEnvironments().make(task)
        let frame = AntFrame(heading: heading)
        // The model's first state is the same in every frame, but for how the body is turned against the heading.
        let rest = [Double](repeating: 0, count: 14)
        var observation = try environment.reset(
            positions: environment.physics.model.initialPosition, velocities: rest)
        var random = RandomStream(seed: 4)
        var record = [frame.features(observation)]
        for _ in 0..<20 {
            let action = (0..<8).map { _ in random.uniform(-1, 1) }
            let outcome = try environment.step(frame.action(action), into: &observation)
            record.append(frame.features(observation) + [outcome.reward])
        }
        return record
    }
}
