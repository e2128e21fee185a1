import Foundation
import M3DTStorage
import M3DTTasks
import Testing

@testable import M3DTSimulation

/// The native tasks against what MuJoCo's own Python package computed (Scripts/record_native_oracle.py).
@Suite struct NativeOracleTests {
    static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/native-oracle/native.safetensors")
    /// Absolute.
    static let tolerance = 1e-9
    /// Every how many steps the observation was recorded.
    static let interval = 10

    @Test(arguments: ["cheetah-vel-03", "cheetah-vel-27", "ant-dir-02", "ant-dir-39"])
    func stepsAgreeWithPython(name: String) throws {
        let file = try SafetensorsFile(contentsOf: Self.fixture)
        func recorded(_ part: String) throws -> [Double] { try file.array("\(name)/\(part)", as: Double.self) }
        let (actions, rewards, ends) = try (recorded("actions"), recorded("rewards"), recorded("ends"))
        let observations = try recorded("observations")

        let task = try TaskRegistry.standard.task(named: name)
        let environment = try NativeEnvironments().make(task)
        var observation = try environment.reset(positions: recorded("qpos"), velocities: recorded("qvel"))
        #expect(rewards.count == 200)
        #expect(observations.count == 21 * task.observationWidth)
        #expect(deviation(observation, observations[...]) <= Self.tolerance)
        for step in 1...rewards.count {
            let action = Array(actions[(step - 1) * task.actionWidth..<step * task.actionWidth])
            let outcome = try environment.step(action, into: &observation)
            #expect(abs(outcome.reward - rewards[step - 1]) <= Self.tolerance, "reward of step \(step)")
            #expect(outcome.terminated == (ends[step - 1] == 1))
            if step % Self.interval == 0 {
                let row = step / Self.interval * task.observationWidth
                #expect(deviation(observation, observations[row...]) <= Self.tolerance, "observation \(step)")
            }
        }
    }

    /// The largest difference between an observation and the beginning of a recording.
    func deviation(_ found: [Double], _ expected: ArraySlice<Double>) -> Double {
        zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    }

    @Test func theRecordingReachesAnEnd() throws {
        let file = try SafetensorsFile(contentsOf: Self.fixture)
        let ends = try file.array("ant-dir-02/ends", as: Double.self) + file.array("ant-dir-39/ends", as: Double.self)
        #expect(ends.contains(1))
        #expect(ends.contains(0))
    }
}
