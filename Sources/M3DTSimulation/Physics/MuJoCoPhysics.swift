import CMuJoCo

/// What MuJoCo said when it failed or warned.
struct MuJoCoFailure: Error, Equatable {
    let message: String

    /// Raises an error inside MuJoCo and returns what became of it, for tests of the guard around MuJoCo.
    static func provoked(_ message: String) -> MuJoCoFailure? {
        guard m3dt_mj_provoke_error(message) == M3DT_MJ_ERROR else { return nil }
        return MuJoCoFailure(message: String(cString: m3dt_mj_message()))
    }
}

/// The moving state of a model. It belongs to one thread at a time.
public final class MuJoCoPhysics {
    public let model: MuJoCoModel
    let data: UnsafeMutablePointer<mjData>

    /// Makes the state of a model, at its first position and at rest.
    ///
    /// - Throws: ``SimulationError`` where there is not enough memory.
    public init(model: MuJoCoModel) throws {
        var made: UnsafeMutablePointer<mjData>?
        guard m3dt_mj_make_data(model.pointer, &made) == M3DT_MJ_OK, let made else {
            throw SimulationError.simulator(
                doing: "making the state of \(model.name)", reason: String(cString: m3dt_mj_message()))
        }
        self.model = model
        data = made
    }

    deinit { mj_deleteData(data) }

    /// Joint coordinates.
    var positions: UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: data.pointee.qpos, count: model.positionWidth)
    }

    /// Velocities of the degrees of freedom.
    var velocities: UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: data.pointee.qvel, count: model.velocityWidth)
    }

    /// What the actuators are asked for.
    var controls: UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: data.pointee.ctrl, count: model.controlWidth)
    }

    /// Where a body is, in metres. Steps leave it as it was at the start of the last step of physics.
    func bodyPosition(_ body: Int) -> (x: Double, y: Double, z: Double) {
        let start = data.pointee.xpos + 3 * body
        return (start[0], start[1], start[2])
    }

    /// Back to the first position and at rest, with the given state put in its place, everything that follows computed.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func reset(positions: [Double], velocities: [Double]) throws {
        try check(m3dt_mj_reset(model.pointer, data))
        try put(positions: positions, velocities: velocities)
    }

    /// Puts a state in place and computes what follows from it, starting the search for it from the state before.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func put(positions: [Double], velocities: [Double]) throws {
        _ = self.positions.update(fromContentsOf: positions)
        _ = self.velocities.update(fromContentsOf: velocities)
        try settle()
    }

    /// Back to the first position and at rest, everything that follows computed.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func clear() throws {
        try check(m3dt_mj_reset(model.pointer, data))
        try settle()
    }

    /// Computes what follows from a state that was put in place, with the actuators off.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func settle() throws { try check(m3dt_mj_forward_passive(model.pointer, data)) }

    /// Takes over another state of the same model, with everything that follows from it: from here on both move alike.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func copy(_ other: MuJoCoPhysics) throws {
        precondition(model === other.model, "a state can only be copied from one of the same model")
        try check(m3dt_mj_copy_state(model.pointer, data, other.data))
    }

    /// Makes steps of physics with the controls as they are.
    ///
    /// - Throws: ``MuJoCoFailure`` where MuJoCo fails or warns; the state must then be reset.
    func step(count: Int) throws {
        try check(m3dt_mj_step(model.pointer, data, Int32(count)))
    }

    /// Makes steps of physics in the order of dm_control, after which all that follows from the new state is known, too.
    ///
    /// A step begins with what the one before it has computed already; with a Runge-Kutta integrator, which cannot be halved,
    /// it is computed again.
    /// - Throws: ``MuJoCoFailure`` where MuJoCo fails or warns; the state must then be reset.
    func synchronizedStep(count: Int) throws {
        if model.pointer.pointee.opt.integrator == Int32(mjINT_RK4.rawValue) {
            try step(count: count)
        } else {
            try check(m3dt_mj_step2(model.pointer, data))
            try step(count: count - 1)
        }
        try check(m3dt_mj_step1(model.pointer, data))
    }

    private func check(_ status: m3dt_mj_status) throws {
        guard status == M3DT_MJ_OK else { throw MuJoCoFailure(message: String(cString: m3dt_mj_message())) }
    }
}
