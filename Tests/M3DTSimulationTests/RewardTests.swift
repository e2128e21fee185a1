import M3DTTasks
import Testing

@testable import M3DTSimulation

@Suite struct RewardTests {
    @Test func theCheetahLosesWhatItIsOffAndWhatItSpends() {
        #expect(CheetahVelocity.reward(velocity: 1.5, target: 1.5, action: [0, 0, 0, 0, 0, 0]) == 0)
        #expect(CheetahVelocity.reward(velocity: 2, target: 1.5, action: [0, 0, 0, 0, 0, 0]) == -0.5)
        #expect(CheetahVelocity.reward(velocity: 1, target: 1.5, action: [0, 0, 0, 0, 0, 0]) == -0.5)
        #expect(CheetahVelocity.reward(velocity: 1.5, target: 1.5, action: [1, 0, 0, -1, 0, 0]) == -0.1)
    }

    @Test func theAntGainsSpeedAndSurvival() {
        #expect(AntDirection.reward(speed: 0, action: [Double](repeating: 0, count: 8)) == 1)
        #expect(AntDirection.reward(speed: 2.5, action: [1, 0, 0, 0, 0, 0, 0, 0]) == 3)
        #expect(AntDirection.reward(speed: -1, action: [Double](repeating: 0.5, count: 8)) == -1)
    }

    @Test func costsCountActionsAsGiven() {
        #expect(Locomotion.controlCost([2, -2], weight: 0.5) == 4)
    }

    @Test func theAntEndsWhereItFellOrFlewUp() throws {
        let task = try TaskRegistry.standard.task(named: "ant-dir-00")
        let environment = try NativeEnvironments().make(task)
        let rest = [Double](repeating: 0, count: 14)
        func ends(height: Double) throws -> Bool {
            var positions = environment.physics.model.initialPosition
            positions[2] = height
            var observation = try environment.reset(positions: positions, velocities: rest)
            return try environment.step([Double](repeating: 0, count: 8), into: &observation).terminated
        }
        #expect(try ends(height: 0.75) == false)
        #expect(try ends(height: 1.2))
        #expect(AntDirection.healthyHeights == 0.2...1)
    }
}
