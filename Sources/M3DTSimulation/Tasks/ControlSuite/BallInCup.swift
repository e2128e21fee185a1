import Foundation
import M3DTRandom

/// A cup with a ball on a string.
///
/// Shapes: an observation is 4 positions and 4 velocities, of the cup and of the ball.
/// Source: the DeepMind Control Suite; spinning is TD-MPC2's task, whose episodes mostly start with the ball in the cup.
struct BallInCup: ControlSuiteRobot {
    enum Goal { case catching, spinning }

    /// Spinning: the distance (m) of the ball from the cup, and its speed in m/s.
    static let spinningDistance = 0.5
    static let spinningSpeed = 6.0
    /// Spinning: the part of the episodes in which the ball may start outside the cup.
    static let startsOutside = 0.1

    let substeps = 10
    private let goal: Goal
    private let ball: Int
    private let target: Int
    /// Where the ball's two joints are among positions and among velocities.
    private let joints: [(position: Int, velocity: Int)]
    /// How far the ball's centre may be from the target's, along x and z.
    private let room: [Double]

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no cup with a ball.
    init(goal: Goal, model: MuJoCoModel) throws {
        self.goal = goal
        ball = try model.body(named: "ball")
        target = try model.site(named: "target")
        joints = try ["ball_x", "ball_z"].map { (try model.position(ofJoint: $0), try model.velocity(ofJoint: $0)) }
        let radius = model.size(ofGeometry: try model.geometry(named: "ball"))[0]
        room = [0, 2].map { [size = model.size(ofSite: target)] in size[$0] - radius }
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        let anywhere = goal == .catching || random.uniform(0, 1) < Self.startsOutside
        repeat {
            try JointRandomization.drawWithoutContacts(physics) {
                physics.positions[joints[0].position] = random.uniform(-0.2, 0.2)
                physics.positions[joints[1].position] = random.uniform(0.2, 0.5)
            }
        } while !anywhere && !isInside(physics)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let inside = isInside(physics)
        if goal == .catching { return inside ? 1 : 0 }
        if inside { return 0 }
        func enough(_ bound: Double) -> Tolerance {
            .atLeast(bound, margin: bound / 2, .linear, valueAtMargin: 0.5)
        }
        let way = way(physics)
        let far = enough(Self.spinningDistance)((way[0] * way[0] + way[1] * way[1]).squareRoot())
        let speeds = joints.map { physics.velocities[$0.velocity] }
        let fast = enough(Self.spinningSpeed)((speeds[0] * speeds[0] + speeds[1] * speeds[1]).squareRoot())
        return (far + 2 * fast) / 3
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] { Array(physics.positions) + Array(physics.velocities) }

    private func isInside(_ physics: MuJoCoPhysics) -> Bool {
        zip(way(physics), room).allSatisfy { abs($0) < $1 }
    }

    /// From the ball to the middle of the cup, along x and z.
    private func way(_ physics: MuJoCoPhysics) -> [Double] {
        let (to, from) = (physics.sitePosition(target), physics.bodyPosition(ball))
        return [to[0] - from.x, to[2] - from.z]
    }
}
