import M3DTRandom

/// A planar walker with two legs.
///
/// Shapes: an observation is 14 orientations (two for each body), the torso's height and 9 velocities.
/// Source: the DeepMind Control Suite; the backward tasks are TD-MPC2's.
struct Walker: ControlSuiteRobot {
    /// The height of the torso (m) from which the walker stands.
    static let standingHeight = 1.2
    static let walkingSpeed = 1.0
    static let runningSpeed = 8.0

    let substeps = 10
    /// What speed (m/s) is wanted, backwards where it is negative; 0 for standing alone.
    private let speed: Double
    private let torso: Int
    private let velocitySensor: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no walker.
    init(speed: Double, model: MuJoCoModel) throws {
        self.speed = speed
        torso = try model.body(named: "torso")
        velocitySensor = try model.sensor(named: "torso_subtreelinvel")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        JointRandomization.drawPositions(physics, random: &random)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let upright = (1 + physics.bodyRotation(torso)[8]) / 2
        let high = Tolerance.atLeast(Self.standingHeight, margin: Self.standingHeight / 2)
        let standing = (3 * high(physics.bodyPosition(torso).z) + upright) / 4
        if speed == 0 { return standing }
        let fast = Tolerance.atLeast(abs(speed), margin: abs(speed) / 2, .linear, valueAtMargin: 0.5)
        let velocity = physics.sensors[velocitySensor]
        return standing * (5 * fast(speed < 0 ? -velocity : velocity) + 1) / 6
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        var observation: [Double] = []
        for body in torso..<torso + 7 {
            observation += [physics.bodyRotation(body)[0], physics.bodyRotation(body)[2]]
        }
        return observation + [physics.bodyPosition(torso).z] + Array(physics.velocities)
    }
}
