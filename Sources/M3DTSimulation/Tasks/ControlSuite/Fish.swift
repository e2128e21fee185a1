import M3DTRandom

/// A fish that is to swim to a target.
///
/// Shapes: an observation is 7 joints, how upright it is, the way from mouth to target in the mouth's frame (3) and 13
/// velocities.
/// Source: the DeepMind Control Suite.
struct Fish: ControlSuiteRobot {
    static let jointNames = [
        "tail1", "tail_twist", "tail2", "finright_roll", "finright_pitch", "finleft_roll", "finleft_pitch",
    ]

    let substeps = 10
    private let torso: Int
    private let mouth: Int
    private let target: Int
    private let joints: [Int]
    private let near: Tolerance

    /// - Parameter model: A copy for this environment alone, in which the target is moved.
    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no fish.
    init(model: MuJoCoModel) throws {
        torso = try model.body(named: "torso")
        mouth = try model.geometry(named: "mouth")
        target = try model.geometry(named: "target")
        joints = try Self.jointNames.map(model.position)
        let reach = model.size(ofGeometry: mouth)[0] + model.size(ofGeometry: target)[0]
        near = Tolerance(0...reach, margin: 2 * reach)
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        let rotation = (0..<4).map { _ in random.normal() }
        let length = rotation.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for (index, number) in rotation.enumerated() { physics.positions[3 + index] = number / length }
        for joint in joints { physics.positions[joint] = random.uniform(-0.2, 0.2) }
        let place = physics.model.place(ofGeometry: target)
        place[0] = random.uniform(-0.4, 0.4)
        place[1] = random.uniform(-0.4, 0.4)
        place[2] = random.uniform(0.1, 0.3)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let distance = way(physics).reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (7 * near(distance) + (upright(physics) + 1) / 2) / 8
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        joints.map { physics.positions[$0] } + [upright(physics)] + way(physics) + Array(physics.velocities)
    }

    private func upright(_ physics: MuJoCoPhysics) -> Double { physics.bodyRotation(torso)[8] }

    /// From the mouth to the target, in the mouth's frame.
    private func way(_ physics: MuJoCoPhysics) -> [Double] {
        let (to, from) = (physics.geometryPosition(target), physics.geometryPosition(mouth))
        let rotation = physics.geometryRotation(mouth)
        return (0..<3).map { column in
            (0..<3).reduce(0) { $0 + (to[$1] - from[$1]) * rotation[3 * $1 + column] }
        }
    }
}
