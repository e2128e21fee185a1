import M3DTRandom

/// Two links that are to swing up, moved at the joint between them alone.
///
/// Shapes: an observation is the links' horizontal and then vertical orientations (4) and 2 velocities.
/// Source: the DeepMind Control Suite.
struct Acrobot: ControlSuiteRobot {
    let substeps = 1
    private let links: [Int]
    private let tip: Int
    private let target: Int
    private let near: Tolerance

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no acrobot.
    init(model: MuJoCoModel) throws {
        links = try ["upper_arm", "lower_arm"].map(model.body)
        tip = try model.site(named: "tip")
        target = try model.site(named: "target")
        near = Tolerance(0...model.size(ofSite: target)[0], margin: 1)
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        for joint in physics.positions.indices { physics.positions[joint] = random.uniform(-.pi, .pi) }
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let (to, from) = (physics.sitePosition(target), physics.sitePosition(tip))
        let squares = (0..<3).map { (to[$0] - from[$0]) * (to[$0] - from[$0]) }
        return near(squares.reduce(0, +).squareRoot())
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        links.map { physics.bodyRotation($0)[2] } + links.map { physics.bodyRotation($0)[8] }
            + Array(physics.velocities)
    }
}
