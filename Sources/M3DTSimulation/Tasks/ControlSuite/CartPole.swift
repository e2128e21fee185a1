import M3DTRandom

/// A cart that keeps a pole up, or swings it up first.
///
/// Shapes: an observation is the cart's position, the cosine and sine of the pole's angle, and 2 velocities.
/// Source: the DeepMind Control Suite.
struct CartPole: ControlSuiteRobot {
    /// Sparse: the least cosine of the pole's angle, and the largest distance (m) of the cart from the middle.
    static let uprightCosine = 0.995
    static let middle = 0.25

    let substeps = 1
    private let swingsUp: Bool
    private let isSparse: Bool
    private let pole: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no cart with a pole.
    init(swingsUp: Bool, isSparse: Bool, model: MuJoCoModel) throws {
        self.swingsUp = swingsUp
        self.isSparse = isSparse
        pole = try model.body(named: "pole_1")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        if swingsUp {
            physics.positions[0] = 0.01 * random.normal()
            physics.positions[1] = .pi + 0.01 * random.normal()
        } else {
            physics.positions[0] = random.uniform(-0.1, 0.1)
            physics.positions[1] = random.uniform(-0.034, 0.034)
        }
        for joint in physics.velocities.indices { physics.velocities[joint] = 0.01 * random.normal() }
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let (place, cosine) = (physics.positions[0], physics.bodyRotation(pole)[8])
        if isSparse {
            return Tolerance(-Self.middle...Self.middle)(place) * Tolerance(Self.uprightCosine...1)(cosine)
        }
        let upright = (cosine + 1) / 2
        let centred = (1 + Tolerance(0...0, margin: 2)(place)) / 2
        let gentle = (4 + Tolerance(0...0, margin: 1, .quadratic, valueAtMargin: 0)(physics.controls[0])) / 5
        let slow = (1 + Tolerance(0...0, margin: 5)(physics.velocities[1])) / 2
        return upright * gentle * slow * centred
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        let rotation = physics.bodyRotation(pole)
        return [physics.positions[0], rotation[8], rotation[2]] + Array(physics.velocities)
    }
}
