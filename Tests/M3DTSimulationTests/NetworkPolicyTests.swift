import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct NetworkPolicyTests {
    /// Two features, two hidden numbers, two outputs.
    static func network(_ bias: Float = 0.25) -> NetworkPolicy {
        NetworkPolicy(layers: [
            NetworkPolicy.Layer(weights: [1, 2, -1, 0.5], biases: [0, 1]),
            NetworkPolicy.Layer(weights: [0.5, -1, 2, 1], biases: [bias, -0.5]),
        ])
    }

    static let task = TaskSpecification(
        name: "walker-walk", domain: .dmControl, observationWidth: 2, actionWidth: 2, episodeSteps: 3,
        targetReturn: 1000, returnScale: 200, score: .linear(offset: 0, range: 1000), evaluationEpisodes: 1)

    static let library = ActorLibrary([
        StoredActor(task: task.name, label: "sac:poor", meanReturn: 200.5, policy: network(0)),
        StoredActor(task: task.name, label: "sac:best", meanReturn: 900, policy: network()),
        StoredActor(task: "hopper-hop", label: "sac:best", meanReturn: 1e-3, policy: network(-1)),
    ])

    @Test func itComputesLayerByLayer() {
        // Hidden: 1 + 2 x 0.5 = 2 and -1 + 0.25 + 1 = 0.25.
        #expect(Self.network().outputs([1, 0.5]) == [1, 3.75])
        let expected = [Float(1), 3.75].map { Double(tanh($0)) }
        #expect(Self.network().action([1, 0.5]) == expected)
        // Negative hidden numbers are cut off, and outputs are not.
        #expect(Self.network().outputs([-1, 0]) == [-1.75, 1.5])
    }

    @Test func theFirstOutputsCanBeKept() {
        let narrow = Self.network().narrowed(to: 1)
        #expect(narrow.outputWidth == 1)
        #expect(narrow.outputs([1, 0.5]) == [Self.network().outputs([1, 0.5])[0]])
    }

    @Test func aLibrarySurvivesTheDisk() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("actors.safetensors")
        try Self.library.write(to: file)
        let read = try ActorLibrary(file: file)
        #expect(read == Self.library)
        #expect(read.actors(for: Self.task).map(\.label) == ["sac:best", "sac:poor"])
        #expect(read.tasks == ["hopper-hop", "walker-walk"])
        let bytes = try Data(contentsOf: file)
        try read.write(to: file)
        #expect(try Data(contentsOf: file) == bytes)
    }

    @Test func aLibraryTakesOverTheTasksOfAnother() {
        let other = ActorLibrary([
            StoredActor(task: Self.task.name, label: "sac:best", meanReturn: 950, policy: Self.network(3))
        ])
        let updated = Self.library.updated(with: other)
        #expect(updated.actors(for: Self.task).map(\.meanReturn) == [950])
        #expect(updated.tasks == Self.library.tasks)
    }

    @Test(arguments: [
        ("walker-walk", "900", [4, 2, 4, 2], "no return"), ("walker-walk/sac:best", "nan", [4, 2, 4, 2], "no return"),
        ("walker-walk/sac:best", "900", [4, 3, 4, 2], "shapes"),
        ("walker-walk/sac:best", "900", [4, 2, 6, 2], "do not fit together"),
        ("walker-walk/sac:best", "900", [], "no layers"),
    ])
    func damagedLibrariesAreErrors(key: String, value: String, sizes: [Int], word: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("actors.safetensors")
        var tensors = [SafetensorsTensor(name: "other", shape: [1], values: [Float(0)])]
        for (index, size) in sizes.enumerated() {
            let name = "walker-walk/sac:best/\(index / 2)." + (index % 2 == 0 ? "weights" : "biases")
            let shape = index % 2 == 0 ? [2, size / 2] : [size]
            tensors.append(SafetensorsTensor(name: name, shape: shape, values: [Float16](repeating: 1, count: size)))
        }
        try SafetensorsWriter.write(to: file, metadata: [key: value], tensors: tensors)
        let error = #expect(throws: SimulationError.self) { try ActorLibrary(file: file) }
        #expect(error?.description.contains(word) == true)
        #expect(error?.description.contains(file.path) == true)
    }

    @Test func weightsThatAreNotFiniteAreErrors() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("actors.safetensors")
        let broken = NetworkPolicy(layers: [NetworkPolicy.Layer(weights: [.nan, 1], biases: [0])])
        try ActorLibrary([StoredActor(task: "t", label: "l", meanReturn: 0, policy: broken)]).write(to: file)
        let error = #expect(throws: SimulationError.self) { try ActorLibrary(file: file) }
        #expect(error?.description.contains("finite") == true)
    }

    @Test func whatIsStoredIsTheRoundedPolicy() throws {
        let third = NetworkPolicy(layers: [NetworkPolicy.Layer(weights: [1 / 3, 1], biases: [0.1])])
        #expect(third.rounded != third)
        #expect(third.rounded == third.rounded.rounded)
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("actors.safetensors")
        try ActorLibrary([StoredActor(task: Self.task.name, label: "l", meanReturn: 0, policy: third)]).write(to: file)
        #expect(try ActorLibrary(file: file).actors(for: Self.task).map(\.policy) == [third.rounded])
    }

    @Test func whoPlaysATaskFollowsFromWhatThereIs() throws {
        let batch = NativeEnvironments().batch(slots: 1, threads: 1)
        let both = Demonstrations(library: DemonstratorTests.library, actors: Self.library, batch: batch)
        #expect(both.mixture(for: DemonstratorTests.task) == .standard)
        #expect(both.mixture(for: Self.task).parts.map(\.label) == ["sac:best", "sac:poor"])
        #expect(both.mixture(for: Self.task).parts.map(\.share) == [5, 2])
        let planners = Demonstrations(library: DemonstratorTests.library, batch: batch)
        #expect(planners.mixture(for: Self.task) == .planned)
        #expect(try planners.plan(task: Self.task, episodes: 10, seed: 0).map(\.part.label).contains("mpc:poor"))
        let error = #expect(throws: SimulationError.self) {
            try both.plan(task: Self.task, episodes: 10, mixture: .best, seed: 0)
        }
        #expect(error?.description.contains("sac:best, sac:poor, mpc:best") == true)
    }

    @Test func actorsPlayWithThatWhichIsSeen() throws {
        let batch = ThreadedEnvironmentBatch(slots: 2, threads: 1) { ScriptedEnvironment(task: $0) }
        let demonstrations = Demonstrations(library: DemonstratorLibrary(), actors: Self.library, batch: batch)
        var trajectories: [Trajectory] = []
        let steady = DemonstratorMixture(parts: [.init(label: "sac:best", share: 1, actionNoise: 0)])
        try demonstrations.collect(task: Self.task, episodes: 2, mixture: steady, seed: 0) { trajectories.append($0) }
        for trajectory in trajectories {
            #expect(trajectory.source == "sac:best")
            for step in 0..<trajectory.steps {
                let seen = trajectory.observations[2 * step..<2 * step + 2].map { Double($0) }
                let expected = Self.network().action(seen).map { Float($0) }
                #expect(Array(trajectory.actions[2 * step..<2 * step + 2]) == expected)
            }
        }
    }
}
