import Foundation
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// MuJoCo must never end the process: its errors and warnings become Swift errors.
@Suite struct MuJoCoGuardTests {
    let environments = NativeEnvironments()

    func cheetah() throws -> MuJoCoEnvironment {
        try environments.make(TaskRegistry.standard.task(named: "cheetah-vel-00"))
    }

    @Test func anErrorInsideMuJoCoReturns() {
        for words in ["first", "second"] {
            #expect(MuJoCoFailure.provoked(words)?.message.contains(words) == true)
        }
    }

    @Test func errorsInSeveralThreadsStayApart() throws {
        let messages = try WorkerTeam(count: 4).map(200) { piece, _ in
            MuJoCoFailure.provoked("piece \(piece)")?.message
        }
        for (piece, message) in messages.enumerated() { #expect(message?.hasSuffix("piece \(piece)") == true) }
    }

    @Test func aStateThatBlowsUpNamesTaskStepAndSeed() throws {
        let environment = try cheetah()
        var observation = try environment.reset(seed: 77)
        let still = [Double](repeating: 0, count: 6)
        _ = try environment.step(still, into: &observation)
        environment.physics.velocities[3] = 1e12
        let error = #expect(throws: EnvironmentError.self) { try environment.step(still, into: &observation) }
        #expect((error?.task, error?.step, error?.seed) == ("cheetah-vel-00", 1, 77))
        guard case .simulator(let words)? = error?.cause else {
            Issue.record("the cause is \(String(describing: error?.cause))")
            return
        }
        #expect(words.contains("QVEL"))
        #expect(throws: EnvironmentError.self) { try environment.step(still, into: &observation) }
        let fresh = try cheetah().reset(seed: 78)
        #expect(try environment.reset(seed: 78) == fresh)
        #expect(try environment.step(still, into: &observation).reward.isFinite)
    }

    @Test func aStateThatIsNotFiniteIsAnError() throws {
        let environment = try cheetah()
        var start = environment.physics.model.initialPosition
        start[4] = .nan
        #expect(throws: EnvironmentError.self) {
            try environment.reset(positions: start, velocities: [Double](repeating: 0, count: 9))
        }
    }

    @Test func aMissingModelNamesTheFileAndTheRemedy() throws {
        let task = try TaskRegistry.standard.task(named: "ant-dir-00")
        let error = #expect(throws: SimulationError.self) {
            try NativeEnvironments(modelsDirectory: "nowhere").make(task)
        }
        #expect(error == .modelMissing(path: "nowhere/gymnasium/ant.xml"))
        #expect(error?.description.contains("make setup") == true)
    }

    @Test func anUnsoundModelIsAnError() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for text in ["", "no xml", "<mujoco><worldbody><geom type='ball'/></worldbody></mujoco>"] {
            let path = folder.appendingPathComponent("model.xml").path
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: SimulationError.self) { try MuJoCoModel(path: path) }
            guard case .modelUnreadable(path, let reason)? = error else {
                Issue.record("the error is \(String(describing: error))")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test func partsAreFoundByName() throws {
        let model = try cheetah().physics.model
        #expect(try model.body(named: "torso") == 1)
        #expect(try model.camera(named: "track") == 0)
        #expect(throws: SimulationError.partMissing(name: "tail", model: "half_cheetah.xml")) {
            try model.body(named: "tail")
        }
        #expect(model.timestepSeconds * Double(Locomotion.substeps) == Locomotion.controlSeconds)
    }

    @Test func aTaskWithoutANativeSimulationIsRefused() throws {
        let task = TaskSpecification(
            name: "reach-v2", domain: .metaWorld, observationWidth: 39, actionWidth: 4, episodeSteps: 500,
            targetReturn: 4500, returnScale: 1000, score: .success, evaluationEpisodes: 10)
        #expect(!NativeEnvironments.simulates(task))
        #expect(throws: SimulationError.notNative(task: "reach-v2", domain: "metaworld")) {
            try environments.make(task)
        }
    }
}
