import Foundation
import M3DTRandom
import M3DTTasks

/// A four-legged ant that is to run in a given direction.
///
/// Shapes: an observation is 13 positions (all but where it stands in the plane) and 14 velocities.
/// Source: the meta-learning task of the reference's data, on gymnasium's ant. That task's contact cost is always 0,
/// since the contact forces it looks at are not computed in a step.
struct AntDirection: MuJoCoTask {
    /// Weight of the action's squares in the reward.
    static let controlWeight = 0.5
    /// What each step is worth in itself.
    static let survivalReward = 1.0
    /// An episode ends where the torso's height (m) leaves this range: it fell, or flew up.
    static let healthyHeights = 0.2...1.0

    /// Cosine and sine of the heading.
    private let direction: (x: Double, y: Double)
    private let torso: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no ant.
    init(heading: Double, model: MuJoCoModel) throws {
        direction = (cos(heading), sin(heading))
        torso = try model.body(named: "torso")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        try Locomotion.begin(physics, random: &random)
    }

    func advance(_ physics: MuJoCoPhysics, action: [Double]) throws -> StepOutcome {
        let before = physics.bodyPosition(torso)
        try Locomotion.advance(physics, action: action)
        let after = physics.bodyPosition(torso)
        let speed =
            ((after.x - before.x) * direction.x + (after.y - before.y) * direction.y) / Locomotion.controlSeconds
        return StepOutcome(
            reward: Self.reward(speed: speed, action: action),
            terminated: !Self.healthyHeights.contains(physics.positions[2]))
    }

    func observe(_ physics: MuJoCoPhysics, into observation: inout [Double]) {
        let (positions, velocities) = (physics.positions, physics.velocities)
        for i in 0..<13 { observation[i] = positions[i + 2] }
        for i in 0..<14 { observation[13 + i] = velocities[i] }
    }

    /// The speed in the wanted direction (m/s), minus what the action costs, and something for having survived.
    static func reward(speed: Double, action: [Double]) -> Double {
        speed - Locomotion.controlCost(action, weight: controlWeight) + survivalReward
    }
}
