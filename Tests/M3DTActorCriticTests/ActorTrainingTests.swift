import Foundation
import M3DTSimulation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTActorCritic

/// What holds for trainings of any kind.
@Suite struct ActorTrainingTests {
    struct Stopped: Error {}
    typealias Soft = SoftActorCriticLearner
    typealias Proximal = ProximalLearner

    static func training<Learner: ActorLearner>(
        _: Learner.Type, _ folder: TemporaryFolder, rounds: Int, workers: Int = 1, seed: UInt64 = 0,
        endsOutside: Bool = false
    ) throws -> ActorTraining<Learner> where Learner.Settings: SmallSettings {
        var settings = Learner.Settings.small(rounds: rounds)
        settings.seed = seed
        return try ActorTraining(
            task: Slider.specification, settings: settings, folder: folder.url, team: WorkerTeam(count: workers)
        ) { _ in Slider(endsOutside: endsOutside) }
    }

    static func weights<Learner>(_ training: ActorTraining<Learner>) throws -> [[Float]] {
        try training.learner.buffers.map { try $0.tensor.floats() }
    }

    @Test func bothLearnToRestAtTheMiddle() throws {
        try itLearnsToRestAtTheMiddle(Soft.self, rounds: 24)
        try itLearnsToRestAtTheMiddle(Proximal.self, rounds: 80)
    }

    private func itLearnsToRestAtTheMiddle<Learner: ActorLearner>(_ kind: Learner.Type, rounds: Int) throws
    where Learner.Settings: SmallSettings {
        let folder = try TemporaryFolder()
        let training = try Self.training(kind, folder, rounds: rounds)
        let before = try training.meanReturn(of: training.learner.policy(), episodes: 8, seed: 3)
        try training.run()
        let after = try training.meanReturn(of: training.learner.policy(), episodes: 8, seed: 3)
        #expect(after > 18)
        #expect(after > before + 1)
        let demonstrators = try training.demonstrators()
        #expect(demonstrators.map(\.label).first == Learner.Settings.label + ":best")
        #expect(demonstrators.map(\.meanReturn) == demonstrators.map(\.meanReturn).sorted(by: >))
        #expect(demonstrators.allSatisfy { $0.task == "slider" && $0.policy.outputWidth == 1 })
    }

    @Test func aStoppedTrainingGoesOnBitForBit() throws {
        let soft = try goesOnBitForBit(Soft.self)
        #expect(soft.0.learner.memory.episodes == soft.1.learner.memory.episodes)
        #expect(soft.0.learner.state == soft.1.learner.state)
        let proximal = try goesOnBitForBit(Proximal.self)
        #expect(proximal.0.learner.state == proximal.1.learner.state)
    }

    private func goesOnBitForBit<Learner: ActorLearner>(_ kind: Learner.Type) throws -> (
        ActorTraining<Learner>, ActorTraining<Learner>
    ) where Learner.Settings: SmallSettings {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let uninterrupted = try Self.training(kind, whole, rounds: 8, endsOutside: true)
        try uninterrupted.run()
        #expect(throws: Stopped.self) {
            try Self.training(kind, parts, rounds: 8, endsOutside: true).run { if $0.round == 4 { throw Stopped() } }
        }
        let resumed = try Self.training(kind, parts, rounds: 8, endsOutside: true)
        #expect(resumed.round == 4)
        try resumed.run()
        #expect(try Self.weights(resumed) == Self.weights(uninterrupted))
        #expect(resumed.snapshots == uninterrupted.snapshots)
        #expect(try Data(contentsOf: resumed.file) == Data(contentsOf: uninterrupted.file))
        #expect(try Self.training(kind, parts, rounds: 8, endsOutside: true).round == 8)
        return (resumed, uninterrupted)
    }

    @Test func workersChangeNothingAndTheSeedDecides() throws {
        try workersChangeNothing(Soft.self)
        try workersChangeNothing(Proximal.self)
    }

    private func workersChangeNothing<Learner: ActorLearner>(_ kind: Learner.Type) throws
    where Learner.Settings: SmallSettings {
        let results = try [(1, 0), (3, 0), (1, 1)].map { workers, seed in
            let folder = try TemporaryFolder()
            let training = try Self.training(kind, folder, rounds: 4, workers: workers, seed: UInt64(seed))
            try training.run()
            return try withExtendedLifetime(folder) { try Self.weights(training) }
        }
        #expect(results[0] == results[1])
        #expect(results[0] != results[2])
    }

    @Test func randomRoundsTeachOnlyHowLargeObservationsAre() throws {
        let folder = try TemporaryFolder()
        let soft = try Self.training(Soft.self, folder, rounds: 2)
        let before = try Self.weights(soft)
        try soft.run()
        #expect(try Self.weights(soft) == before)
        #expect(soft.learner.memory.episodes.count == 8)
        let proximal = try Self.training(Proximal.self, folder, rounds: 1)
        let untouched = try Self.weights(proximal)
        try proximal.run()
        #expect(try Self.weights(proximal) == untouched)
        #expect(proximal.learner.scale.moments.count == 8 * 21)
    }

    @Test func aTrainingStartsWhereAnotherEnded() throws {
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        let teacher = try Self.training(Soft.self, first, rounds: 24)
        try teacher.run()
        let best = try #require(try teacher.demonstrators().first)
        func pupil(_ start: StoredActor?, rounds: Int = 1) throws -> ActorTraining<Proximal> {
            try ActorTraining(
                task: Slider.specification, settings: .small(rounds: rounds), folder: second.url, start: start,
                team: WorkerTeam(count: 1)
            ) { _ in Slider() }
        }
        // One round is played by the teacher and teaches the scale; the actor is then the teacher, for scaled observations.
        // The second teaches the value network, and leaves actor and scale alone.
        for rounds in 1...2 {
            let training = try pupil(best, rounds: rounds)
            #expect(training.round == rounds - 1)
            try training.run()
            let (own, wanted) = (try training.learner.policy(), best.policy)
            for place in [-1.2, -0.1, 0.7] {
                #expect(abs(own.outputs([place, 1])[0] - wanted.outputs([place, 1])[0]) < 1e-4)
            }
        }
        #expect(throws: SimulationError.self) { try pupil(nil, rounds: 2) }
        let wide = StoredActor(
            task: "slider", label: "ppo:best", meanReturn: 0,
            policy: NetworkPolicy(layers: [NetworkPolicy.Layer(weights: [0, 0], biases: [0])]))
        let error = #expect(throws: SimulationError.self) { try pupil(wide) }
        #expect(error?.description.contains("[2, 1]") == true)
    }

    @Test func aFinishedTrainingCanBeMadeLonger() throws {
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        try Self.training(Soft.self, whole, rounds: 8).run()
        try Self.training(Soft.self, parts, rounds: 4).run()
        let longer = try Self.training(Soft.self, parts, rounds: 8)
        #expect(longer.round == 4)
        try longer.run()
        let uninterrupted = try Self.training(Soft.self, whole, rounds: 8)
        #expect(longer.snapshots.map(\.policy) == uninterrupted.snapshots.map(\.policy))
    }

    @Test func otherSettingsAreRefused() throws {
        let folder = try TemporaryFolder()
        try Self.training(Soft.self, folder, rounds: 2).run()
        let error = #expect(throws: SimulationError.self) { try Self.training(Soft.self, folder, rounds: 2, seed: 1) }
        #expect(error?.description.contains("slider-sac.safetensors") == true)
    }

    @Test(arguments: ["", "format", "record", "actor", "memory.steps", "look.2.0.weights"])
    func damagedStatesAreErrors(part: String) throws {
        let folder = try TemporaryFolder()
        try Self.training(Soft.self, folder, rounds: 2).run()
        let url = folder.url.appendingPathComponent("slider-sac.safetensors")
        if part.isEmpty {
            try Data(contentsOf: url).prefix(1000).write(to: url)
            #expect(throws: StorageError.self) { try Self.training(Soft.self, folder, rounds: 2) }
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
        let error = #expect(throws: SimulationError.self) { try Self.training(Soft.self, folder, rounds: 2) }
        #expect(error?.description.contains("slider-sac.safetensors") == true)
    }
}
