import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// The tasks of the DeepMind Control Suite against dm_control itself (Scripts/record_control_suite_oracle.py).
@Suite struct ControlSuiteOracleTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/control-suite")
    static let tasks = TaskRegistry.standard.tasks(in: .dmControl)
    /// Relative to the number where that is larger than 1.
    static let tolerance = 1e-9
    /// The steps after which state and observation were recorded.
    static let keptSteps = [1, 2, 3, 5, 10, 20, 40, 80, 120, 160, 200]

    let file: SafetensorsFile
    let environments = NativeEnvironments()

    init() throws { file = try SafetensorsFile(contentsOf: Self.folder.appendingPathComponent("steps.safetensors")) }

    @Test(arguments: tasks) func stepsAgreeFromThreeStarts(task: TaskSpecification) throws {
        for start in 0..<3 {
            func recorded(_ part: String) throws -> [Double] {
                try file.array("\(task.name)/\(start)/\(part)", as: Double.self)
            }
            let environment = try environments.make(task)
            if file.names.contains("\(task.name)/\(start)/target") {
                try Self.place(recorded("target"), in: environment.physics.model)
            }
            let actions = try file.array("\(task.name)/\(start)/actions", as: Int8.self).map { Double($0) / 64 }
            let (rewards, states) = try (recorded("rewards"), recorded("states"))
            let observations = try recorded("observations")
            var observation = try environment.reset(positions: recorded("qpos"), velocities: recorded("qvel"))
            #expect(Self.deviation(observation, observations[...]) <= Self.tolerance, "start \(start)")
            #expect(rewards.count == 200 && observations.count == 12 * task.observationWidth)
            let width = environment.physics.model.positionWidth + environment.physics.model.velocityWidth
            var kept = 0
            for step in 1...rewards.count {
                let action = Array(actions[(step - 1) * task.actionWidth..<step * task.actionWidth])
                let outcome = try environment.step(action, into: &observation)
                #expect(
                    Self.deviation([outcome.reward], rewards[(step - 1)...]) <= Self.tolerance,
                    "reward of step \(step) from start \(start): \(outcome.reward), not \(rewards[step - 1])")
                guard Self.keptSteps.contains(step) else { continue }
                let state = Array(environment.physics.positions) + Array(environment.physics.velocities)
                #expect(
                    Self.deviation(state, states[(kept * width)...]) <= Self.tolerance,
                    "state after step \(step) from start \(start)")
                kept += 1
                #expect(
                    Self.deviation(observation, observations[(kept * task.observationWidth)...]) <= Self.tolerance,
                    "observation after step \(step) from start \(start)")
            }
        }
    }

    @Test(arguments: tasks) func theRecordingHoldsRewards(task: TaskSpecification) throws {
        let rewards = try (0..<3).flatMap { try file.array("\(task.name)/\($0)/rewards", as: Double.self) }
        #expect(rewards.contains { $0 > 0 })
        #expect(rewards.allSatisfy { (0...2).contains($0) })
    }

    /// Moves the target that a task has inside its model.
    static func place(_ target: [Double], in model: MuJoCoModel) throws {
        let place =
            try (try? model.geometry(named: "target")).map(model.place(ofGeometry:))
            ?? model.place(ofSite: model.site(named: "target"))
        for (index, number) in target.enumerated() { place[index] = number }
    }

    /// The largest difference from the beginning of a recording, relative where numbers are large.
    static func deviation(_ found: [Double], _ expected: ArraySlice<Double>) -> Double {
        zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
    }
}

/// How episodes start, against 200 episodes of dm_control.
@Suite struct ControlSuiteResetTests {
    static let episodes = 200
    /// Kolmogorov and Smirnov's statistic that two samples of 200 from one distribution exceed once in 100,000 cases.
    static let largestDistance = 0.247
    /// The tasks that start as the others of their robot do.
    static let tasks = [
        "walker-walk", "cheetah-run", "reacher-easy", "reacher-three-easy", "acrobot-swingup", "pendulum-swingup",
        "cartpole-balance", "cartpole-swingup", "cup-catch", "finger-spin", "finger-turn-easy", "fish-swim",
        "hopper-hop",
    ]

    @Test(arguments: tasks) func everyColumnIsDistributedAsThere(name: String) throws {
        let file = try SafetensorsFile(
            contentsOf: ControlSuiteOracleTests.folder.appendingPathComponent("resets.safetensors"))
        let recorded = try file.array(name, as: Float.self).map { Double($0) }
        let task = try TaskRegistry.standard.task(named: name)
        let environment = try NativeEnvironments().make(task)
        let ours = try (0..<Self.episodes).map { try environment.reset(seed: UInt64($0)) }
        for column in 0..<task.observationWidth {
            let theirs = (0..<Self.episodes).map { recorded[$0 * task.observationWidth + column] }
            let distance = Self.distance(ours.map { $0[column] }, theirs)
            #expect(distance <= Self.largestDistance, "\(name), number \(column) of the observation")
        }
    }

    /// TD-MPC2's change: in spinning, the ball starts in the cup in nine of ten episodes, which is rare by chance.
    @Test func spinningMostlyStartsInTheCup() throws {
        let environment = try NativeEnvironments().make(try TaskRegistry.standard.task(named: "cup-spin"))
        let inside = try (0..<100).count { seed in
            // Inside the cup is 0.3 to 0.42 m above the place from which the ball is measured.
            let ball = try environment.reset(seed: UInt64(seed))[2...3]
            return abs(ball[2]) < 0.05 && (0.3...0.42).contains(ball[3])
        }
        #expect((78...99).contains(inside))
    }

    /// The largest difference between two samples' distribution functions; differences of 1e-5 in a number do not count.
    static func distance(_ first: [Double], _ second: [Double]) -> Double {
        func rounded(_ sample: [Double]) -> [Double] { sample.map { ($0 * 1e5).rounded() }.sorted() }
        let (left, right) = (rounded(first), rounded(second))
        func share(_ sample: [Double], upTo value: Double) -> Double {
            Double(sample.count { $0 <= value }) / Double(sample.count)
        }
        return (left + right).map { abs(share(left, upTo: $0) - share(right, upTo: $0)) }.max() ?? 1
    }

    @Test func theDistanceTellsDistributionsApart() {
        let sample = (0..<200).map { Double($0) / 200 }
        #expect(Self.distance(sample, sample) == 0)
        #expect(Self.distance(sample, sample.map { $0 * 0.7 }) > Self.largestDistance)
        #expect(Self.distance(sample, sample.map { $0 + 0.3 }) > Self.largestDistance)
    }
}
