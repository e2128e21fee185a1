import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct ARSTrainerTests {
    static let native = NativeEnvironments()

    /// A cheetah task with short episodes.
    static func task(steps: Int = 10, goal: Double = 1) -> TaskSpecification {
        TaskSpecification(
            name: "short-\(goal)", domain: .cheetahVel, observationWidth: 20, actionWidth: 6, episodeSteps: steps,
            goal: goal, targetReturn: 0, returnScale: 200, score: .linear(offset: 100, range: 70),
            evaluationEpisodes: 1)
    }

    static func settings(iterations: Int = 3) -> ARSSettings {
        var settings = ARSSettings()
        (settings.directions, settings.best, settings.iterations) = (4, 2, iterations)
        (settings.evaluationInterval, settings.evaluationEpisodes) = (2, 2)
        return settings
    }

    static func trainer(iterations: Int = 3, workers: Int = 1, state: ARSState? = nil) throws -> ARSTrainer {
        let problem = try ARSProblem(tasks: [task()]) { try native.make($0) }
        return ARSTrainer(
            problem: problem, settings: settings(iterations: iterations), team: WorkerTeam(count: workers),
            state: state)
    }

    static func encoded(_ state: ARSState) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(state)
    }

    @Test func workersChangeNothing() throws {
        let states = try [1, 3].map { workers in
            let trainer = try Self.trainer(workers: workers)
            try trainer.run()
            return try Self.encoded(trainer.state)
        }
        #expect(states[0] == states[1])
    }

    @Test func aSearchGoesOnWhereItWasSaved() throws {
        let whole = try Self.trainer(iterations: 4)
        var saved: [Data] = []
        try whole.run { saved.append(try Self.encoded($0)) }
        #expect(saved.count == 2)
        let state = try JSONDecoder().decode(ARSState.self, from: saved[0])
        #expect(state.iteration == 2)
        let resumed = try Self.trainer(iterations: 4, state: state)
        try resumed.run()
        #expect(try Self.encoded(resumed.state) == Self.encoded(whole.state))
        #expect(whole.state.snapshots.map(\.iteration) == [0, 2, 4])
    }

    @Test func theSearchClimbs() throws {
        var settings = Self.settings(iterations: 12)
        (settings.directions, settings.best) = (8, 4)
        settings.evaluationInterval = 12
        let problem = try ARSProblem(tasks: [Self.task(steps: 20)]) { try Self.native.make($0) }
        let trainer = ARSTrainer(problem: problem, settings: settings, team: WorkerTeam(count: 2))
        try trainer.run()
        let returns = trainer.state.snapshots.map(\.meanReturn)
        #expect(returns.count == 2)
        #expect(returns[1] > returns[0] + 2)
        #expect(trainer.state.best?.meanReturn == returns[1])
    }

    @Test func aWarmStartPlaysTheBestPolicy() throws {
        let trainer = try Self.trainer(iterations: 4)
        try trainer.run()
        let best = try #require(trainer.state.best)
        let start = trainer.state.warmStart
        #expect(start.iteration == 0)
        #expect(start.snapshots.isEmpty)
        let weights = start.policy().weights
        #expect(zip(weights, best.policy.weights).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test func normalisationIsFoldedIntoTheWeights() {
        var state = ARSState(featureWidth: 2, actionWidth: 1)
        state.weights = [0.5, -1, 0.25]
        for x in [1.0, 2, 3] { state.moments.add([x, 10 * x]) }
        let deviation = state.moments.deviation(floor: 0)
        let expected = 0.5 * (2.5 - 2) / deviation[0] - (22 - 20) / deviation[1] + 0.25
        #expect(abs(state.policy().action([2.5, 22])[0] - expected) < 1e-12)
        let moved = state.policy(direction: [1, 0, 0], scale: 0.1).action([2.5, 22])[0]
        #expect(abs(moved - expected - 0.1 * 0.5 / deviation[0]) < 1e-12)
    }

    @Test func momentsAddUp() {
        let values = (0..<50).map { [Double($0 * $0 % 17), Double($0) / 3] }
        var (whole, front, back) = (RunningMoments(width: 2), RunningMoments(width: 2), RunningMoments(width: 2))
        for value in values { whole.add(value) }
        for value in values.prefix(20) { front.add(value) }
        for value in values.dropFirst(20) { back.add(value) }
        front.add(back)
        front.add(RunningMoments(width: 2))
        let mean = values.map { $0[0] }.reduce(0, +) / 50
        let deviation = (values.map { ($0[0] - mean) * ($0[0] - mean) }.reduce(0, +) / 50).squareRoot()
        for moments in [whole, front] {
            #expect(abs(moments.mean[0] - mean) < 1e-12)
            #expect(abs(moments.deviation(floor: 0)[0] - deviation) < 1e-12)
        }
        #expect(RunningMoments(width: 1).deviation(floor: 0.5) == [1])
    }

    @Test func actionsAreLimited() {
        let policy = LinearPolicy(featureWidth: 1, actionWidth: 3, weights: [2, 0, -2, 0, 0.25, 0.125])
        #expect(policy.action([1]) == [1, -1, 0.375])
        let third = LinearPolicy(featureWidth: 1, actionWidth: 1, weights: [1.0 / 3, 0])
        #expect(third.rounded.weights == [Double(Float(1.0 / 3)), 0])
    }

    @Test func theCheetahsPlaceIsHiddenFromItsPolicy() throws {
        let frame = try ActingFrame(task: Self.task())
        #expect(frame.features((0..<20).map(Double.init)) == (0..<17).map(Double.init))
        #expect(frame.action([1, 2]) == [1, 2])
    }
}
