import CMuJoCo
import M3DTRandom

/// How episodes of several robots start.
enum JointRandomization {
    /// Draws every joint with limits uniformly within them, and every hinge without limits from a full turn.
    static func drawPositions(_ physics: MuJoCoPhysics, random: inout RandomStream) {
        let model = physics.model.pointer.pointee
        for joint in 0..<Int(model.njnt) {
            let kind = model.jnt_type[joint]
            let isHinge = kind == Int32(mjJNT_HINGE.rawValue)
            guard isHinge || kind == Int32(mjJNT_SLIDE.rawValue) else { continue }
            let position = Int(model.jnt_qposadr[joint])
            if model.jnt_limited[joint] != 0 {
                let range = model.jnt_range + 2 * joint
                physics.positions[position] = random.uniform(range[0], range[1])
            } else if isHinge {
                physics.positions[position] = random.uniform(-.pi, .pi)
            }
        }
    }

    /// Draws states until no two bodies touch.
    ///
    /// - Throws: ``MuJoCoFailure``, also where a thousand draws in a row have contacts.
    static func drawWithoutContacts(_ physics: MuJoCoPhysics, _ draw: () -> Void) throws {
        for _ in 0..<1000 {
            draw()
            try physics.settle()
            if physics.contactCount == 0 { return }
        }
        throw MuJoCoFailure(message: "no state without contacts was found in 1000 draws")
    }
}
