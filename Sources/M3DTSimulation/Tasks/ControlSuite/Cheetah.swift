import M3DTRandom

/// The suite's planar cheetah.
///
/// Shapes: an observation is 8 positions (all but how far it ran) and 9 velocities.
/// Source: the DeepMind Control Suite; all goals but running forwards are TD-MPC2's.
struct Cheetah: ControlSuiteRobot {
    enum Goal { case run, runBackwards, runOnFrontFoot, runOnBackFoot, jump }

    /// Wanted speeds in m/s.
    static let speed = 10.0
    static let backwardSpeed = 8.0
    static let oneFootSpeed = 6.0
    /// The height (m) of torso and feet in the tasks that leave the ground.
    static let height = 1.2
    /// A jump stays where it is: the speed (m/s) that is still all right.
    static let jumpingSpeed = 0.5
    /// Steps of physics in which it comes to rest before an episode.
    static let settlingSteps = 200

    let substeps = 1
    private let goal: Goal
    private let torso: Int
    private let backFoot: Int
    private let frontFoot: Int
    private let velocitySensor: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no cheetah.
    init(goal: Goal, model: MuJoCoModel) throws {
        self.goal = goal
        torso = try model.body(named: "torso")
        backFoot = try model.body(named: "bfoot")
        frontFoot = try model.body(named: "ffoot")
        velocitySensor = try model.sensor(named: "torso_subtreelinvel")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        let model = physics.model.pointer.pointee
        for joint in 0..<Int(model.njnt) where model.jnt_limited[joint] != 0 {
            let range = model.jnt_range + 2 * joint
            physics.positions[joint] = random.uniform(range[0], range[1])
        }
        try physics.synchronizedStep(count: Self.settlingSteps)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let velocity = physics.sensors[velocitySensor]
        switch goal {
        case .run: return fast(Self.speed)(velocity)
        case .runBackwards: return fast(Self.backwardSpeed)(-velocity)
        case .runOnFrontFoot: return onOneFoot(raised: backFoot, velocity, physics)
        case .runOnBackFoot: return onOneFoot(raised: frontFoot, velocity, physics)
        case .jump: return (raise(backFoot, velocity, physics) + raise(frontFoot, velocity, physics)) / 2
        }
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        Array(physics.positions.dropFirst()) + Array(physics.velocities)
    }

    private func fast(_ speed: Double) -> Tolerance { .atLeast(speed, margin: speed, .linear, valueAtMargin: 0) }

    private var high: Tolerance { .atLeast(Self.height, margin: Self.height / 2) }

    /// Runs on one foot, with the other and the torso raised.
    private func onOneFoot(raised: Int, _ velocity: Double, _ physics: MuJoCoPhysics) -> Double {
        let up = (3 * high(physics.bodyPosition(raised).z) + 2 * high(physics.bodyPosition(torso).z)) / 5
        return up * (5 * fast(Self.oneFootSpeed)(velocity) + 1) / 6
    }

    /// Raises a foot and the torso without running away.
    private func raise(_ foot: Int, _ velocity: Double, _ physics: MuJoCoPhysics) -> Double {
        let up = high((physics.bodyPosition(torso).z + physics.bodyPosition(foot).z) / 2)
        let still = Tolerance(
            -Self.jumpingSpeed...Self.jumpingSpeed, margin: Self.jumpingSpeed, .linear, valueAtMargin: 0)
        return (5 * up + still(velocity)) / 6
    }
}
