import Foundation
import M3DTRandom

/// A planar hopper with one foot.
///
/// Shapes: an observation is 6 positions (all but how far it hopped), 7 velocities and 2 touches.
/// Source: the DeepMind Control Suite; hopping backwards is TD-MPC2's task.
struct Hopper: ControlSuiteRobot {
    enum Goal { case stand, hop, hopBackwards }

    /// The heights (m) of the torso above the foot at which it stands.
    static let standingHeights = 0.6...2.0
    /// Wanted speeds in m/s.
    static let hoppingSpeed = 2.0
    static let backwardSpeed = 1.0

    let substeps = 4
    private let goal: Goal
    private let torso: Int
    private let foot: Int
    private let velocitySensor: Int
    private let touches: [Int]

    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no hopper.
    init(goal: Goal, model: MuJoCoModel) throws {
        self.goal = goal
        torso = try model.body(named: "torso")
        foot = try model.body(named: "foot")
        velocitySensor = try model.sensor(named: "torso_subtreelinvel")
        touches = try ["touch_toe", "touch_heel"].map(model.sensor)
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        JointRandomization.drawPositions(physics, random: &random)
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let height = physics.bodyCentre(torso)[2] - physics.bodyCentre(foot)[2]
        guard Self.standingHeights.contains(height) else { return 0 }
        let velocity = physics.sensors[velocitySensor]
        func fast(_ speed: Double) -> Tolerance { .atLeast(speed, margin: speed / 2, .linear, valueAtMargin: 0.5) }
        switch goal {
        case .stand:
            let gentle = Tolerance(0...0, margin: 1, .quadratic, valueAtMargin: 0)
            return (physics.controls.reduce(0) { $0 + gentle($1) } / Double(physics.controls.count) + 4) / 5
        case .hop: return fast(Self.hoppingSpeed)(velocity)
        case .hopBackwards: return fast(Self.backwardSpeed)(-velocity)
        }
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        Array(physics.positions.dropFirst()) + Array(physics.velocities) + touches.map { log1p(physics.sensors[$0]) }
    }
}
