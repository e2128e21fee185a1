import CMuJoCo
import Foundation
import M3DTRandom

/// A finger of two links beside a body that spins on a free hinge.
///
/// Shapes: an observation is 2 joints, the tip's place (2), 3 velocities and 2 touches; for turning also the target's place (2)
/// and its distance.
/// Source: the DeepMind Control Suite.
struct Finger: ControlSuiteRobot {
    enum Goal: Equatable {
        case spin
        /// The tip of the body is to be turned into a target of the given radius, in metres.
        case turn(Double)
    }

    static let easyTarget = 0.07
    static let hardTarget = 0.03
    /// Radians per second, negative for the wanted direction.
    static let spinningSpeed = -15.0
    /// The hinge's damping in the spinning task; the model's own holds for turning.
    static let spinningDamping = 0.03

    let substeps = 2
    private let goal: Goal
    private let target: Int
    private let hinge: Int
    private let radius: Double
    private let joints: [Int]
    private let velocities: [Int]
    private let touches: [Int]
    private let (tip, spinner, place): (Int, Int, Int)

    /// - Parameter model: A copy for this environment alone, in which the target and the hinge are changed.
    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no finger.
    init(goal: Goal, model: MuJoCoModel) throws {
        self.goal = goal
        target = try model.site(named: "target")
        hinge = try model.part("hinge", of: mjOBJ_JOINT)
        let cap = model.size(ofGeometry: try model.geometry(named: "cap1"))
        radius = cap[0] + cap[1] + cap[2]
        joints = try ["proximal", "distal"].map(model.sensor)
        velocities = try ["proximal_velocity", "distal_velocity", "hinge_velocity"].map(model.sensor)
        touches = try ["touchtop", "touchbottom"].map(model.sensor)
        tip = try model.sensor(named: "tip")
        spinner = try model.sensor(named: "spinner")
        place = try model.sensor(named: "target")
        switch goal {
        case .spin: model.pointer.pointee.dof_damping[try model.velocity(ofJoint: "hinge")] = Self.spinningDamping
        case .turn(let radius): model.size(ofSite: target)[0] = radius
        }
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        if case .turn = goal {
            let angle = random.uniform(-.pi, .pi)
            let anchor = physics.jointAnchor(hinge)
            let place = physics.model.place(ofSite: target)
            (place[0], place[2]) = (anchor[0] + radius * sin(angle), anchor[2] + radius * cos(angle))
        }
        try JointRandomization.drawWithoutContacts(physics) {
            JointRandomization.drawPositions(physics, random: &random)
        }
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        switch goal {
        case .spin: physics.sensors[velocities[2]] <= Self.spinningSpeed ? 1 : 0
        case .turn: distance(physics) <= 0 ? 1 : 0
        }
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        let sensors = physics.sensors
        let common =
            joints.map { sensors[$0] } + fromSpinner(tip, physics) + velocities.map { sensors[$0] }
            + touches.map { log1p(sensors[$0]) }
        return goal == .spin ? common : common + fromSpinner(place, physics) + [distance(physics)]
    }

    /// Where a sensor says a part is, seen from the spinning body, along x and z.
    private func fromSpinner(_ sensor: Int, _ physics: MuJoCoPhysics) -> [Double] {
        [0, 2].map { physics.sensors[sensor + $0] - physics.sensors[spinner + $0] }
    }

    /// From the tip to the target's surface; negative inside.
    private func distance(_ physics: MuJoCoPhysics) -> Double {
        let way = zip(fromSpinner(place, physics), fromSpinner(tip, physics)).map(-)
        return (way[0] * way[0] + way[1] * way[1]).squareRoot() - physics.model.size(ofSite: target)[0]
    }
}
