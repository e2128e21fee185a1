import Foundation

/// The ant seen relative to the direction it is to run in, with its symmetries folded away.
///
/// The ant is the same after a quarter turn and in a mirror, if its legs change names. So the world is turned until the
/// wanted direction is the x axis, the legs are named anew until the body is turned by at most 45 degrees against it, and the
/// world is mirrored until that turn is to one side. All headings then look alike but for that turn, and one policy can
/// serve them all.
///
/// Shapes: features are height, orientation (4), hips (4), knees (4), velocity (3), angular velocity (3), hip and knee
/// velocities (4, 4); actions are hips (4), knees (4). Legs are in counter-clockwise order, and a positive knee angle is a
/// bent one on every leg.
public struct AntFrame: Sendable, Hashable {
    static let featureWidth = 27
    static let actionWidth = 8
    /// The model's knees bend in these directions.
    private static let kneeSigns: [Double] = [1, -1, -1, 1]
    /// The actuators begin with the last leg.
    private static let firstActuatorLeg = 3

    /// The world is turned back by this angle, in radians.
    private let heading: Double
    /// The legs' names are moved on by this many quarter turns.
    private let quarterTurns: Int
    private let mirrored: Bool

    /// - Parameter heading: The wanted direction in radians, counter-clockwise from the x axis.
    public init(heading: Double) {
        let turns = (heading / (.pi / 2)).rounded()
        self.heading = heading
        quarterTurns = (Int(turns) % 4 + 4) % 4
        mirrored = heading < turns * (.pi / 2)
    }

    /// The model's leg that plays the part of the given one.
    private func leg(_ part: Int) -> Int {
        ((mirrored ? 3 - part : part) + quarterTurns) % 4
    }

    /// What a mirror makes of the numbers that change their sign in it.
    private var handedness: Double { mirrored ? -1 : 1 }

    func features(_ observation: [Double]) -> [Double] {
        let quarterAngle = Double(quarterTurns) * .pi / 2
        let orientation = orientation(Array(observation[1..<5]), quarterAngle)
        let velocity = Self.turned(x: observation[13], y: observation[14], by: -heading)
        let spin = Self.turned(x: observation[16], y: observation[17], by: -quarterAngle)
        let hand = handedness
        return [observation[0]]
            + [orientation[0], hand * orientation[1], orientation[2], hand * orientation[3]]
            + joints(Array(observation[5..<13]))
            + [velocity.x, hand * velocity.y, observation[15]]
            + [hand * spin.x, spin.y, hand * observation[18]]
            + joints(Array(observation[19..<27]))
    }

    func action(_ action: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: Self.actionWidth)
        for part in 0..<4 {
            let leg = leg(part)
            let actuator = 2 * ((leg + 4 - Self.firstActuatorLeg) % 4)
            result[actuator] = handedness * action[part]
            result[actuator + 1] = Self.kneeSigns[leg] * action[4 + part]
        }
        return result
    }

    /// Hips, then knees, of the legs under their new names.
    private func joints(_ values: [Double]) -> [Double] {
        (0..<4).map { handedness * values[2 * leg($0)] }
            + (0..<4).map { Self.kneeSigns[leg($0)] * values[2 * leg($0) + 1] }
    }

    /// The turned world seen from the renamed body: a turn by minus the heading, the orientation, and a turn by the quarters.
    private func orientation(_ orientation: [Double], _ quarterAngle: Double) -> [Double] {
        let residual = remainder(heading - quarterAngle, 2 * .pi)
        let renamed = Self.product(Self.turn(-quarterAngle), Self.product(orientation, Self.turn(quarterAngle)))
        return Self.product(Self.turn(-residual), renamed)
    }

    private static func turned(x: Double, y: Double, by angle: Double) -> (x: Double, y: Double) {
        (cos(angle) * x - sin(angle) * y, sin(angle) * x + cos(angle) * y)
    }

    /// A turn around the vertical axis as a quaternion.
    private static func turn(_ angle: Double) -> [Double] { [cos(angle / 2), 0, 0, sin(angle / 2)] }

    /// The product of two quaternions, real part first.
    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
        [
            a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
            a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
            a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
            a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
        ]
    }
}
