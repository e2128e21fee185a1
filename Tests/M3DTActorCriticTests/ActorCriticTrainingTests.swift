import Foundation
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTActorCritic

@Suite struct ActorCriticTrainingTests {
    static func training(
        _ folder: TemporaryFolder, rounds: Int, workers: Int = 1, seed: UInt64 = 0, endsOutside: Bool = false
    ) throws -> ActorCriticTraining {
        var settings = ActorCriticSettings.small(rounds: rounds)
        settings.seed = seed
        return try ActorCriticTraining(
            task: Slider.specification, settings: settings, folder: folder.url, team: WorkerTeam(count: workers)
        ) { _ in Slider(endsOutside: endsOutside) }
    }

    static func weights(_ training: ActorCriticTraining) throws -> [[Float]] {
        let learner = training.learner
        return try [
            learner.actorOptimizer.parameters.values, learner.actorOptimizer.secondMoment,
            learner.criticOptimizer.parameters.values, learner.criticOptimizer.firstMoment, learner.slowWeights,
        ].map { try $0.floats() }
    }

    @Test func itLearnsToRestAtTheMiddle() throws {
        let folder = try TemporaryFolder()
        let training = try Self.training(folder, rounds: 24)
        let before = try training.meanReturn(of: training.learner.policy(), episodes: 8, seed: 3)
        try training.run()
        let after = try training.meanReturn(of: training.learner.policy(), episodes: 8, seed: 3)
        #expect(after > 18)
        #expect(after > before + 1)
        let demonstrators = try training.demonstrators()
        #expect(demonstrators.map(\.label).first == "sac:best")
        #expect(demonstrators.map(\.meanReturn) == demonstrators.map(\.meanReturn).sorted(by: >))
        #expect(demonstrators.allSatisfy { $0.task == "slider" && $0.policy.outputWidth == 1 })
    }

    @Test func aStoppedTrainingGoesOnBitForBit() throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let uninterrupted = try Self.training(whole, rounds: 8, endsOutside: true)
        try uninterrupted.run()
        struct Stopped: Error {}
        #expect(throws: Stopped.self) {
            try Self.training(parts, rounds: 8, endsOutside: true).run { if $0.round == 4 { throw Stopped() } }
        }
        let resumed = try Self.training(parts, rounds: 8, endsOutside: true)
        #expect(resumed.round == 4)
        try resumed.run()
        #expect(try Self.weights(resumed) == Self.weights(uninterrupted))
        #expect(resumed.memory.episodes == uninterrupted.memory.episodes)
        #expect(resumed.snapshots == uninterrupted.snapshots)
        #expect(resumed.learner.temperature == uninterrupted.learner.temperature)
        #expect(resumed.learner.scale.moments == uninterrupted.learner.scale.moments)
        #expect(try Data(contentsOf: resumed.file) == Data(contentsOf: uninterrupted.file))
        #expect(try Self.training(parts, rounds: 8, endsOutside: true).round == 8)
    }

    @Test func workersChangeNothingAndTheSeedDecides() throws {
        let results = try [(1, 0), (3, 0), (1, 1)].map { workers, seed in
            let folder = try TemporaryFolder()
            let training = try Self.training(folder, rounds: 4, workers: workers, seed: UInt64(seed))
            try training.run()
            return try withExtendedLifetime(folder) { try Self.weights(training) }
        }
        #expect(results[0] == results[1])
        #expect(results[0] != results[2])
    }

    @Test func randomRoundsLearnNothing() throws {
        let folder = try TemporaryFolder()
        let training = try Self.training(folder, rounds: 2)
        let before = try Self.weights(training)
        try training.run()
        #expect(try Self.weights(training) == before)
        #expect(training.memory.episodes.count == 8)
    }

    @Test func aFinishedTrainingCanBeMadeLonger() throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        try Self.training(whole, rounds: 8).run()
        try Self.training(parts, rounds: 4).run()
        let longer = try Self.training(parts, rounds: 8)
        #expect(longer.round == 4)
        try longer.run()
        let uninterrupted = try Self.training(whole, rounds: 8)
        #expect(longer.snapshots.map(\.policy) == uninterrupted.snapshots.map(\.policy))
    }

    @Test func otherSettingsAreRefused() throws {
        let folder = try TemporaryFolder()
        try Self.training(folder, rounds: 2).run()
        let error = #expect(throws: SimulationError.self) { try Self.training(folder, rounds: 2, seed: 1) }
        #expect(error?.description.contains("slider.safetensors") == true)
    }

    @Test(arguments: ["", "format", "record", "actor", "memory.steps", "look.2.0.weights"])
    func damagedStatesAreErrors(part: String) throws {
        let folder = try TemporaryFolder()
        try Self.training(folder, rounds: 2).run()
        let url = folder.url.appendingPathComponent("slider.safetensors")
        if part.isEmpty {
            try Data(contentsOf: url).prefix(1000).write(to: url)
            #expect(throws: StorageError.self) { try Self.training(folder, rounds: 2) }
            return
        }
        let file = try SafetensorsFile(contentsOf: url)
        var metadata = file.metadata
        if metadata[part] != nil { metadata[part] = "other" }
        let tensors = try file.names.map { name in
            let (entry, isPart) = (try file.entry(name), name == part)
            let bytes = try file.withUnsafeBytes(of: name) { [UInt8]($0) }
            let cut = entry.type == .int64 ? 8 : 4
            return SafetensorsTensor(
                name: name, type: entry.type,
                shape: isPart ? [bytes.count / cut - 1] : entry.shape
            ) { sink in
                try (isPart ? Array(bytes.dropLast(cut)) : bytes).withUnsafeBytes { try sink.write($0) }
            }
        }
        try SafetensorsWriter.write(to: url, metadata: metadata, tensors: tensors)
        let error = #expect(throws: SimulationError.self) { try Self.training(folder, rounds: 2) }
        #expect(error?.description.contains("slider.safetensors") == true)
    }
}
