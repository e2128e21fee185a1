import Foundation
import M3DTRandom

/// A planar arm of two or three links whose finger is to reach a target that stays where it is.
///
/// Shapes: an observation is the joints' positions, the way from finger to target (2) and the joints' velocities.
/// Source: the DeepMind Control Suite; the arm of three links is TD-MPC2's task on a model of our own.
struct Reacher: ControlSuiteRobot {
    /// The target's radius, in metres.
    static let easyTarget = 0.05
    static let hardTarget = 0.015
    /// How far from the arm's root the target may be, in metres.
    static let targetDistances = 0.05...0.2

    let substeps = 1
    private let target: Int
    private let finger: Int
    private let reach: Double

    /// - Parameter model: A copy for this environment alone, in which the target gets its size and is moved.
    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is no reacher.
    init(targetRadius: Double, model: MuJoCoModel) throws {
        target = try model.geometry(named: "target")
        finger = try model.geometry(named: "finger")
        model.size(ofGeometry: target)[0] = targetRadius
        reach = targetRadius + model.size(ofGeometry: finger)[0]
    }

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        JointRandomization.drawPositions(physics, random: &random)
        let angle = random.uniform(0, 2 * .pi)
        let distance = random.uniform(Self.targetDistances.lowerBound, Self.targetDistances.upperBound)
        let place = physics.model.place(ofGeometry: target)
        (place[0], place[1]) = (distance * sin(angle), distance * cos(angle))
    }

    func reward(_ physics: MuJoCoPhysics) -> Double {
        let way = way(physics)
        return Tolerance(0...reach)((way[0] * way[0] + way[1] * way[1]).squareRoot())
    }

    func observe(_ physics: MuJoCoPhysics) -> [Double] {
        Array(physics.positions) + way(physics) + Array(physics.velocities)
    }

    private func way(_ physics: MuJoCoPhysics) -> [Double] {
        let (to, from) = (physics.geometryPosition(target), physics.geometryPosition(finger))
        return [to[0] - from[0], to[1] - from[1]]
    }
}
