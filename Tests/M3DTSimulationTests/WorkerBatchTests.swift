import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTSimulation

/// Mixtures of families, and whole episodes in workers.
@Suite struct WorkerBatchTests {
    static let own = ToyTasks.task("own")
    static let other = ToyTasks.task("other")

    static func mixed(slots: Int) -> MixedEnvironmentBatch {
        MixedEnvironmentBatch(
            native: ThreadedEnvironmentBatch(slots: slots) { ScriptedEnvironment(task: $0) },
            workers: ToyTasks.batch(slots: slots, workers: 2), isNative: { $0.name == "own" })
    }

    @Test func slotsGoFromOneFamilyToTheOther() throws {
        let order = [Self.own, Self.other, Self.other, Self.own, Self.other, Self.own, Self.own, Self.other]
        let requests = order.enumerated().map {
            EpisodeRequest(task: $0.element, seed: UInt64($0.offset), source: "constant")
        }
        func play(slots: Int) throws -> [Trajectory] {
            try EpisodeRunner(batch: Self.mixed(slots: slots), policy: ConstantPolicy(value: 0.25)).run(requests)
        }
        let trajectories = try play(slots: 3)
        #expect(trajectories.map(\.task) == order.map(\.name))
        #expect(trajectories[0].rewards == [1, 1, 1, 1, 1, 1])
        #expect(trajectories[1].rewards == Array(repeating: 1.25, count: 6))
        #expect(try play(slots: 1) == trajectories)
    }

    @Test func answersAreInTheOrderOfTheRequests() throws {
        let batch = Self.mixed(slots: 3)
        _ = try batch.reset([
            ResetRequest(slot: 2, task: Self.other, seed: 1), ResetRequest(slot: 0, task: Self.own, seed: 1),
            ResetRequest(slot: 1, task: Self.other, seed: 2),
        ])
        let steps = [1, 2, 0].map { StepRequest(slot: $0, action: [Double($0)]) }
        #expect(try batch.step(steps).map(\.outcome.reward) == [2, 3, 1])
    }

    static func episodes(_ count: Int) -> [WorkerEpisode] {
        ToyTasks.requests(count).map { WorkerEpisode(request: $0, player: .random, actionNoise: 0) }
    }

    static func play(
        _ arguments: [String: PythonArgument] = [:], count: Int = 5, workers: Int = 2, limit: Double = 30
    ) throws -> [Trajectory] {
        var limits = WorkerLimits()
        limits.episode = limit
        let environment = ToyTasks.environment(arguments)
        var trajectories: [Trajectory] = []
        try EpisodeWorkers(count: workers, limits: limits) { _ in environment }
            .play(episodes(count)) { trajectories.append($0) }
        return trajectories
    }

    @Test func wholeEpisodesComeInTheirOrder() throws {
        let trajectories = try Self.play()
        #expect(trajectories.map(\.seed) == [10, 11, 12, 13, 14])
        #expect(trajectories.allSatisfy { $0.steps == 6 && $0.source == "constant" && $0.observations.count == 18 })
        #expect(trajectories[0].actions != trajectories[1].actions)
        #expect(try Self.play(workers: 1) == trajectories)
    }

    @Test(arguments: ["crash_at", "hang_at"]) func aLostEpisodeIsTriedOnceMore(trouble: String) throws {
        let folder = try TemporaryFolder()
        let once = folder.url.appendingPathComponent("happened").path
        let trajectories = try withExtendedLifetime(folder) {
            try Self.play([trouble: .integer(3), "once": .text(once)], limit: 1)
        }
        #expect(try trajectories == Self.play())
        let error = #expect(throws: EnvironmentError.self) { try Self.play([trouble: .integer(3)], limit: 0.5) }
        #expect(error?.seed == 10)
        #expect(try #require(error).description.contains("while playing an episode of toy"))
    }

    @Test func wholeEpisodesAreCheckedAsStepsAre() throws {
        #expect(
            throws: EnvironmentError(
                task: "toy", step: 2, seed: 10, cause: .stateNotFinite(what: "a number of the observations"))
        ) { try Self.play(["nan_at": .integer(2)]) }
        #expect(
            throws: EnvironmentError(
                task: "toy", step: 0, seed: 10, cause: .simulator("RuntimeError: the toy is broken"))
        ) { try Self.play(["raise_at": .integer(2)]) }
    }

    @Test func episodesThatNeedDifferentPythonsTakeTurns() throws {
        let episodes = ["a", "b", "a"].enumerated().map { index, name in
            WorkerEpisode(
                request: EpisodeRequest(task: ToyTasks.task(name), seed: UInt64(index), source: "random"),
                player: .random, actionNoise: 0)
        }
        var played: [String] = []
        let workers = EpisodeWorkers(count: 1) { task in
            var environment = ToyTasks.environment()
            environment.paths += [task.name]
            return environment
        }
        try workers.play(episodes) { played.append($0.task) }
        #expect(played == ["a", "b", "a"])
    }

    @Test func anErrorOfTheReceiverLeavesNothingBehind() throws {
        struct Full: Error {}
        let environment = ToyTasks.environment()
        let workers = EpisodeWorkers(count: 2) { _ in environment }
        #expect(throws: Full.self) { try workers.play(Self.episodes(6)) { _ in throw Full() } }
        var seeds: [UInt64?] = []
        try workers.play(Self.episodes(3)) { seeds.append($0.seed) }
        #expect(seeds == [10, 11, 12])
    }

    @Test func aMixtureIsDealtOutToPlayers() throws {
        let plan = try WorkerDemonstrations().plan(task: ToyTasks.task(), episodes: 10, seed: 1)
        #expect(Set(plan.map(\.request.seed)).count == 10)
        #expect(plan.filter { $0.player == .random }.map(\.request.source) == ["random"])
        #expect(plan.filter { $0.request.source == "scripted:noise-0.3" }.map(\.actionNoise) == [0.3, 0.3])
        #expect(try WorkerDemonstrations().plan(task: ToyTasks.task(), episodes: 10, seed: 1) == plan)
        let error = #expect(throws: SimulationError.self) {
            try WorkerDemonstrations().plan(task: ToyTasks.task(), episodes: 10, mixture: .standard, seed: 1)
        }
        #expect(try #require(error).description.contains("scripted:noise-0.1"))
    }
}
