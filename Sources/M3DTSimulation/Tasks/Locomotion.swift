import M3DTRandom

/// What the running tasks have in common.
enum Locomotion {
    /// Steps of physics in one control step.
    static let substeps = 5
    /// Seconds in one control step, with the models' 0.01 s steps of physics.
    static let controlSeconds = 0.05
    /// Starting positions are off by at most this much, in radians or metres.
    static let positionNoise = 0.1
    /// Standard deviation of the starting velocities, in radians/s or m/s.
    static let velocityNoise = 0.1

    /// Starts at the model's own position with some noise, and with small random velocities.
    static func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        let positions = physics.model.initialPosition.map { $0 + random.uniform(-positionNoise, positionNoise) }
        let velocities = (0..<physics.model.velocityWidth).map { _ in velocityNoise * random.normal() }
        try physics.reset(positions: positions, velocities: velocities)
    }

    /// One control step with the action as the controls; the actuators limit what they are asked for.
    static func advance(_ physics: MuJoCoPhysics, action: [Double]) throws {
        _ = physics.controls.update(fromContentsOf: action)
        try physics.step(count: substeps)
    }

    /// What an action costs: `weight` times the sum of its squares.
    static func controlCost(_ action: [Double], weight: Double) -> Double {
        weight * action.reduce(0) { $0 + $1 * $1 }
    }
}
