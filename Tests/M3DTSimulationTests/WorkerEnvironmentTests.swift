import Foundation
import M3DTTasks
import M3DTWorker
import Testing

@testable import M3DTSimulation

/// Environments in workers: what they give, and what happens when they do not.
@Suite struct WorkerEnvironmentTests {
    @Test func anEpisodeIsPlayedAsInThisProcess() throws {
        let trajectory = try ToyTasks.play(in: ToyTasks.batch(["succeed_at": .integer(3)]))[0]
        #expect(trajectory.steps == 6)
        #expect(stride(from: 0, to: 18, by: 3).map { trajectory.observations[$0] } == [0, 1, 2, 3, 4, 5])
        #expect(stride(from: 2, to: 18, by: 3).map { trajectory.observations[$0] } == [0, 0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(trajectory.rewards == Array(repeating: 1.5, count: 6))
        #expect(trajectory.successes == [false, false, true, false, false, false])
        #expect(!trajectory.terminated)
    }

    @Test func neitherSlotsNorWorkersChangeWhatIsPlayed() throws {
        let alone = try ToyTasks.play(in: ToyTasks.batch(), episodes: 7)
        let crowded = try ToyTasks.play(in: ToyTasks.batch(slots: 5, workers: 2), episodes: 7)
        #expect(crowded == alone)
        #expect(Set(alone.map(\.observations)).count == 7)
    }

    @Test func theEnvironmentEndsAnEpisodeInTwoWays() throws {
        let terminated = try ToyTasks.play(in: ToyTasks.batch(["terminate_at": .integer(2)]))[0]
        #expect(terminated.terminated && terminated.steps == 2)
        let truncated = try ToyTasks.play(in: ToyTasks.batch(["truncate_at": .integer(4)]))[0]
        #expect(!truncated.terminated && truncated.steps == 4)
    }

    @Test func whatIsPrintedDoesNoHarm() throws {
        let loud = try ToyTasks.play(in: ToyTasks.batch(["loud": .bool(true)], slots: 2), episodes: 4)
        #expect(try loud == ToyTasks.play(in: ToyTasks.batch(), episodes: 4))
    }

    @Test(arguments: ["crash_at", "hang_at"]) func aLostEpisodeIsPlayedAgainInANewWorker(trouble: String) throws {
        let folder = try TemporaryFolder()
        let once = folder.url.appendingPathComponent("happened")
        let batch = ToyTasks.batch(
            [trouble: .integer(3), "once": .text(once.path)], slots: 3, workers: 2, stepLimit: 1)
        let trajectories = try ToyTasks.play(in: batch, episodes: 5)
        #expect(FileManager.default.fileExists(atPath: once.path))
        #expect(try trajectories == ToyTasks.play(in: ToyTasks.batch(), episodes: 5))
    }

    @Test func aSecondCrashIsAnErrorWithTheWorkersLastWords() throws {
        let error = #expect(throws: EnvironmentError.self) {
            try ToyTasks.play(in: ToyTasks.batch(["crash_at": .integer(3)]))
        }
        #expect(error?.task == "toy" && error?.seed == 10 && error?.step == 3)
        let text = try #require(error).description
        #expect(text.contains("tried twice") && text.contains("was ended by signal 11"))
        #expect(text.contains("while stepping toy") && text.hasSuffix("about to crash"))
    }

    @Test func aSecondHangIsAnErrorInTime() throws {
        let start = Date()
        let error = #expect(throws: EnvironmentError.self) {
            try ToyTasks.play(in: ToyTasks.batch(["hang_at": .integer(2)], stepLimit: 0.5))
        }
        let text = try #require(error).description
        #expect(text.contains("did not answer within 0.5 s while stepping toy") && text.hasSuffix("about to hang"))
        #expect(Date().timeIntervalSince(start) < 20)
    }

    @Test func anEpisodeThatGoesAnotherWayTheSecondTimeIsAnError() throws {
        let folder = try TemporaryFolder()
        let once = folder.url.appendingPathComponent("happened").path
        let batch = ToyTasks.batch(
            ["crash_at": .integer(3), "once": .text(once), "forgets_seed": .bool(true)])
        let error = #expect(throws: EnvironmentError.self) {
            try withExtendedLifetime(folder) { try ToyTasks.play(in: batch) }
        }
        #expect(try #require(error).description.contains("led elsewhere"))
    }

    static let faults: [(String, EnvironmentError.Cause)] = [
        ("nan_at", .stateNotFinite(what: "number 1 of the observation")),
        ("nan_reward_at", .stateNotFinite(what: "the reward")),
        ("short_at", .observationWidth(expected: 3, found: 2)),
        ("raise_at", .simulator("RuntimeError: the toy is broken")),
    ]

    @Test(arguments: faults) func aFaultNamesTaskStepAndSeed(fault: String, cause: EnvironmentError.Cause) throws {
        #expect(throws: EnvironmentError(task: "toy", step: 4, seed: 11, cause: cause)) {
            let batch = ToyTasks.batch([fault: .integer(4)])
            _ = try batch.reset([ResetRequest(slot: 0, task: ToyTasks.task(), seed: 11)])
            for _ in 0..<6 { _ = try batch.step([StepRequest(slot: 0, action: [0])]) }
        }
    }

    @Test func widthsMustBeTheTasks() throws {
        let wide = ToyTasks.task(observationWidth: 4)
        #expect(
            throws: EnvironmentError(
                task: "toy", step: 0, seed: 10, cause: .observationWidth(expected: 4, found: 3))
        ) { try ToyTasks.play(in: ToyTasks.batch(), task: wide) }
        let batch = ToyTasks.batch()
        _ = try batch.reset([ResetRequest(slot: 0, task: ToyTasks.task(), seed: 1)])
        #expect(
            throws: EnvironmentError(task: "toy", step: 0, seed: 1, cause: .actionWidth(expected: 1, found: 2))
        ) { try batch.step([StepRequest(slot: 0, action: [0, 0])]) }
        #expect(
            throws: EnvironmentError(task: "toy", step: 0, seed: 1, cause: .actionNotFinite(index: 0))
        ) { try batch.step([StepRequest(slot: 0, action: [.nan])]) }
    }

    @Test func anEnvironmentThatCannotBeMadeIsNamed() throws {
        var environment = ToyTasks.environment()
        environment.id = "no_such_module:Toy"
        let batch = WorkerEnvironmentBatch(slots: 1) { [environment] _ in environment }
        let error = #expect(throws: EnvironmentError.self) { try ToyTasks.play(in: batch) }
        #expect(try #require(error).description.contains("no_such_module:Toy cannot be made"))
        // The worker lives on, and the next episode is another matter.
        #expect(throws: EnvironmentError.self) { try ToyTasks.play(in: batch) }
    }

    @Test func aPlaceWhoseNextEnvironmentCannotBeMadeTakesTheFormerAgain() throws {
        let batch = WorkerEnvironmentBatch(slots: 1) { task in
            ToyTasks.environment(task.name == "toy" ? [:] : ["no_such_argument": .integer(1)])
        }
        let first = try ToyTasks.play(in: batch)
        #expect(throws: EnvironmentError.self) { try ToyTasks.play(in: batch, task: ToyTasks.task("other")) }
        #expect(try ToyTasks.play(in: batch) == first)
    }

    @Test func argumentsReachPythonAsTheyAre() throws {
        let arguments: [String: PythonArgument] = [
            "a": .none, "b": .bool(true), "c": .integer(3), "d": .number(0.5), "e": .text("x"),
            "f": .list([.integer(1), .text("y")]), "g": .dictionary(["h": .none]),
        ]
        let environment = ToyTasks.environment(arguments)
        let coded = try JSONDecoder().decode(PythonEnvironment.self, from: JSONEncoder().encode(environment))
        #expect(coded == environment)
    }

    @Test func pinnedPackagesAreUsedUnlessTheUserNamesAPython() {
        #expect(PythonEnvironment(library: .gymnasium, id: "Ant-v5").launch.groups == ["simulators"])
        let own = PythonEnvironment(library: .gymnasium, id: "Ant-v5", python: "my/python").launch
        #expect(own.groups.isEmpty && own.python == "my/python")
    }
}
