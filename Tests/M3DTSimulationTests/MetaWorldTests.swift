import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTSimulation

/// Meta-World and Gymnasium behind the protocol. Their packages are installed by `make worker`; in CI they are.
@Suite(.enabled(if: WorkerInstallation.standard.has(group: "simulators"), "run make worker"))
struct MetaWorldTests {
    static func play(_ episodes: [WorkerEpisode], workers: Int = 2) throws -> [Trajectory] {
        var trajectories: [Trajectory] = []
        try EpisodeWorkers(count: workers).play(episodes) { trajectories.append($0) }
        return trajectories
    }

    static func task(_ name: String) throws -> TaskSpecification { try TaskRegistry.standard.task(named: name) }

    static func episodes(_ name: String, noise: Double, seeds: [UInt64]) throws -> [WorkerEpisode] {
        let task = try task(name)
        return seeds.map { seed in
            let request = EpisodeRequest(task: task, seed: seed, source: "scripted:noise-\(noise)")
            return WorkerEpisode(request: request, player: .scripted, actionNoise: noise)
        }
    }

    @Test func scriptedPoliciesSucceedAndSaySoAtEachStep() throws {
        let trajectories = try Self.play(Self.episodes("reach-v2", noise: 0, seeds: [0, 1, 2]))
        for trajectory in trajectories {
            #expect(trajectory.steps == 500 && trajectory.succeeded && !trajectory.terminated)
            #expect(!trajectory.successes[0] && trajectory.successes.count == 500)
            #expect(trajectory.totalReturn > 500)
        }
        // The goal is the last three numbers of an observation, and another one for each seed.
        #expect(Set(trajectories.map { $0.observations[36..<39] }).count == 3)
    }

    @Test func theSameSeedGivesTheSameGoalAndTheSameSteps() throws {
        let episodes = try Self.episodes("push-v2", noise: 0.3, seeds: [7, 57, 7])
        let trajectories = try Self.play(episodes)
        #expect(trajectories[2] == trajectories[0])
        #expect(trajectories[1].observations[36..<39] == trajectories[0].observations[36..<39])
        #expect(trajectories[1].actions != trajectories[0].actions)
        #expect(try Self.play(episodes, workers: 1) == trajectories)
    }

    @Test func aRecordReplaysStepByStep() throws {
        let recorded = try Self.play(Self.episodes("drawer-open-v2", noise: 0.1, seeds: [4]))[0]
        let batch = WorkerEnvironmentBatch(slots: 1)
        var observation = try batch.reset([ResetRequest(slot: 0, task: Self.task("drawer-open-v2"), seed: 4)])[0]
        for step in 0..<60 {
            #expect(observation.map(Float.init) == Array(recorded.observations[step * 39..<(step + 1) * 39]))
            let action = recorded.actions[step * 4..<(step + 1) * 4].map(Double.init)
            let result = try batch.step([StepRequest(slot: 0, action: action)])[0]
            #expect(Float(result.outcome.reward) == recorded.rewards[step])
            observation = result.observation
        }
    }

    @Test func versionsAreThoseThatArePinned() throws {
        let launch = PythonEnvironment(library: .metaWorld, id: "reach-v3").launch
        let packages = try WorkerConnection(launch).versions.packages
        #expect(packages["metaworld"] == "3.1.1" && packages["mujoco"] == "3.3.0")
        #expect(packages["gymnasium"] == "1.4.0")
    }

    @Test func anyEnvironmentOfGymnasiumCanBePlayed() throws {
        let task = TaskSpecification(
            name: "pendulum", domain: .custom, observationWidth: 3, actionWidth: 1, episodeSteps: 20, targetReturn: 0,
            returnScale: 100, score: .linear(offset: 0, range: 1), evaluationEpisodes: 1)
        let environment = PythonEnvironment(library: .gymnasium, id: "Pendulum-v1", arguments: ["g": .number(9.81)])
        let trajectories = try [1, 3].map { slots in
            try ToyTasks.play(
                in: WorkerEnvironmentBatch(slots: slots, workers: 2) { _ in environment }, episodes: 3, task: task)
        }
        #expect(trajectories[0] == trajectories[1])
        #expect(trajectories[0][0].observations != trajectories[0][1].observations)
        let observations = trajectories[0][0].observations
        #expect(abs(observations[0] * observations[0] + observations[1] * observations[1] - 1) < 1e-5)
    }

    @Test func anEnvironmentThatGymnasiumDoesNotKnowIsNamed() throws {
        let batch = WorkerEnvironmentBatch(slots: 1) { _ in PythonEnvironment(library: .gymnasium, id: "Pendlum-v1") }
        let error = #expect(throws: EnvironmentError.self) { try ToyTasks.play(in: batch) }
        #expect(try #require(error).description.contains("Pendlum"))
    }

    @Test func filmsShowTheRobot() throws {
        let film = try WorkerFilm.film(
            task: Self.task("button-press-v2"), policy: ConstantPolicy(value: 1), seed: 0, everySteps: 250)
        #expect(film.count == 3 && film[0].width == 480)
        #expect(Set(film[0].rgb).count > 20)
        #expect(film[0] != film[1])
    }
}
