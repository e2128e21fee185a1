import M3DTRandom
import M3DTTasks

/// A planar cheetah that is to run at a given speed.
///
/// Shapes: an observation is 8 positions (all but how far it ran), 9 velocities and the torso's 3 coordinates.
/// Source: the meta-learning task of the reference's data, on gymnasium's half-cheetah.
struct CheetahVelocity: MuJoCoTask {
    /// Weight of the action's squares in the reward.
    static let controlWeight = 0.05

    /// m/s along the x axis.
    let targetVelocity: Double
    private let torso: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no cheetah.
    init(targetVelocity: Double, model: MuJoCoModel) throws {
        self.targetVelocity = targetVelocity
        torso = try model.body(named: "torso")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        try Locomotion.begin(physics, random: &random)
    }

    func advance(_ physics: MuJoCoPhysics, action: [Double]) throws -> StepOutcome {
        let before = physics.positions[0]
        try Locomotion.advance(physics, action: action)
        let velocity = (physics.positions[0] - before) / Locomotion.controlSeconds
        return StepOutcome(reward: Self.reward(velocity: velocity, target: targetVelocity, action: action))
    }

    func observe(_ physics: MuJoCoPhysics, into observation: inout [Double]) {
        let (positions, velocities) = (physics.positions, physics.velocities)
        for i in 0..<8 { observation[i] = positions[i + 1] }
        for i in 0..<9 { observation[8 + i] = velocities[i] }
        (observation[17], observation[18], observation[19]) = physics.bodyPosition(torso)
    }

    /// Minus the deviation from the target speed (m/s), minus what the action costs.
    static func reward(velocity: Double, target: Double, action: [Double]) -> Double {
        -abs(velocity - target) - Locomotion.controlCost(action, weight: controlWeight)
    }
}
