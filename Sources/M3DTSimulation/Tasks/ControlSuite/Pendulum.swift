import Foundation
import M3DTRandom

/// A pole that hangs from a weak motor.
///
/// Shapes: an observation is the cosine and sine of its angle, 0 at the top, and its velocity.
/// Source: the DeepMind Control Suite; spinning is TD-MPC2's task.
struct Pendulum: ControlSuiteRobot {
    enum Goal { case swingUp, spin }

    /// The pole is up within this angle.
    static let uprightCosine = cos(8 * Double.pi / 180)
    /// Radians per second.
    static let spinningSpeed = 9.0

    let substeps = 1
    private let goal: Goal
    private let pole: Int

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no pendulum.
    init(goal: Goal, model: MuJoCoModel) throws {
        self.goal = goal
        pole = try model.body(named: "pole")
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        physics.positions[0] = random.uniform(-.pi, .pi)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        switch goal {
        case .swingUp: Tolerance(Self.uprightCosine...1)(physics.bodyRotation(pole)[8])
        case .spin:
            Tolerance.atLeast(Self.spinningSpeed, margin: Self.spinningSpeed / 2, .linear, valueAtMargin: 0.5)(
                abs(physics.velocities[0]))
        }
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        [physics.bodyRotation(pole)[8], physics.bodyRotation(pole)[2], physics.velocities[0]]
    }
}
