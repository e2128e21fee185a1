import Foundation
import M3DTRandom
import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct DemonstratorTests {
    static let native = NativeEnvironments()
    static let task = ARSTrainerTests.task()

    static func policy(_ bias: Double) -> LinearPolicy {
        var weights = [Double](repeating: 0.125, count: 6 * 18)
        for row in 0..<6 { weights[18 * row + 17] = bias }
        return LinearPolicy(featureWidth: 17, actionWidth: 6, weights: weights)
    }

    static let library = DemonstratorLibrary(
        [("ars:best", 0.0, -10.0), ("ars:good", 0.25, -20), ("ars:middling", 0.5, -30), ("ars:poor", 0.75, -40)].map {
            StoredDemonstrator(task: task.name, label: $0, meanReturn: $2, meanScore: 50, policy: policy($1))
        })

    static func collect(slots: Int, threads: Int = 1, seed: UInt64 = 7) throws -> [Trajectory] {
        let demonstrations = Demonstrations(library: library, batch: native.batch(slots: slots, threads: threads))
        var trajectories: [Trajectory] = []
        try demonstrations.collect(task: task, episodes: 10, seed: seed) { trajectories.append($0) }
        return trajectories
    }

    @Test func theMixtureIsKept() throws {
        let trajectories = try Self.collect(slots: 3)
        let counts = Dictionary(grouping: trajectories, by: \.source).mapValues(\.count)
        #expect(counts == ["ars:best": 5, "ars:good": 2, "ars:middling": 2, "ars:poor": 1])
        #expect(trajectories.allSatisfy { $0.task == Self.task.name && $0.steps == 10 })
        #expect(Set(trajectories.map(\.seed)).count == 10)
        #expect(trajectories.allSatisfy { $0.actions.allSatisfy { (-1...1).contains($0) } })
    }

    @Test func theSeedDecidesAndSlotsChangeNothing() throws {
        let expected = try Self.collect(slots: 1)
        #expect(try Self.collect(slots: 4, threads: 2) == expected)
        #expect(try Self.collect(slots: 1, seed: 8) != expected)
    }

    @Test func sharesAreDealtAsEvenlyAsPossible() {
        for episodes in 0..<30 {
            var random = RandomStream(seed: UInt64(episodes))
            let dealt = DemonstratorMixture.standard.deal(episodes: episodes, random: &random)
            #expect(dealt.count == episodes)
            for part in DemonstratorMixture.standard.parts {
                let count = dealt.filter { $0 == part }.count
                #expect(abs(Double(count) - Double(episodes) * part.share / 10) <= 1)
            }
        }
    }

    @Test func noiseIsAddedAndLimited() throws {
        func actions(noise: Double) throws -> [Float] {
            let demonstrator = try Self.library.demonstrator(for: Self.task, label: "ars:poor")
            let runner = EpisodeRunner(
                batch: Self.native.batch(slots: 1), policy: Demonstrator(demonstrator, actionNoise: noise))
            return try runner.run([EpisodeRequest(task: Self.task, seed: 0, source: "")])[0].actions
        }
        let (still, noisy) = try (actions(noise: 0), actions(noise: 0.5))
        #expect(still == (try actions(noise: 0)))
        #expect(noisy == (try actions(noise: 0.5)))
        #expect(noisy != still)
        #expect(noisy.allSatisfy { (-1...1).contains($0) })
    }

    @Test func aDemonstratorOfAnotherTaskIsRefused() throws {
        let demonstrator = try Self.library.demonstrator(for: Self.task, label: "ars:best")
        #expect(throws: SimulationError.self) {
            try Demonstrator(demonstrator).begin(slot: 0, task: ARSTrainerTests.task(goal: 2), seed: 0)
        }
        let error = #expect(throws: SimulationError.self) {
            try Self.library.demonstrator(for: Self.task, label: "ars:bset")
        }
        #expect(error?.description.contains("ars:best, ars:good, ars:middling, ars:poor") == true)
        let unknown = #expect(throws: SimulationError.self) {
            try DemonstratorLibrary().demonstrator(for: Self.task, label: "ars:best")
        }
        #expect(unknown?.description.contains("there is none for this task") == true)
    }

    @Test func aLibrarySurvivesTheDisk() throws {
        let folder = try TemporaryFolder()
        try Self.library.write(to: folder.url)
        #expect(try DemonstratorLibrary(folder: folder.url) == Self.library)
    }

    @Test func theTableListsAll() {
        let lines = Self.library.table.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[0] == "task,demonstrator,mean_return,mean_score")
        #expect(lines[1] == "short-1.0,ars:best,-10.0,50.0")
    }

    @Test func weightsAreStoredOnce() throws {
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        func size(_ folder: TemporaryFolder) throws -> Int {
            try Data(contentsOf: folder.url.appendingPathComponent("policies.safetensors")).count
        }
        let policy = Self.policy(1)
        let copies = (0..<8).map {
            StoredDemonstrator(task: "task-\($0)", label: "a", meanReturn: 0, meanScore: 0, policy: policy)
        }
        try DemonstratorLibrary(copies).write(to: first.url)
        try DemonstratorLibrary([copies[0]]).write(to: second.url)
        #expect(try size(first) == size(second))
    }

    @Test func damagedLibrariesAreErrors() throws {
        let folder = try TemporaryFolder()
        #expect(throws: (any Error).self) { try DemonstratorLibrary(folder: folder.url) }
        try Self.library.write(to: folder.url)
        let index = folder.url.appendingPathComponent("demonstrators.json")
        for text in [
            "", "{", #"{"task": [{"label": "a", "meanReturn": 0, "meanScore": 0, "policy": "none"}]}"#, #"{"task": 3}"#,
        ] {
            try text.write(to: index, atomically: true, encoding: .utf8)
            #expect(throws: (any Error).self) { try DemonstratorLibrary(folder: folder.url) }
        }
        var weights = Self.policy(0).weights
        weights[3] = .nan
        let broken = LinearPolicy(featureWidth: 17, actionWidth: 6, weights: weights)
        try DemonstratorLibrary([StoredDemonstrator(task: "t", label: "l", meanReturn: 0, meanScore: 0, policy: broken)]
        )
        .write(to: folder.url)
        let error = #expect(throws: SimulationError.self) { try DemonstratorLibrary(folder: folder.url) }
        #expect(error?.description.contains("not all finite") == true)
    }
}
