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
        _ = self.positions.update(fromContentsOf: positions)
        _ = self.velocities.update(fromContentsOf: velocities)
        try check(m3dt_mj_forward(model.pointer, data))
    }

    /// Makes steps of physics with the controls as they are.
    ///
    /// - Throws: ``MuJoCoFailure`` where MuJoCo fails or warns; the state must then be reset.
    func step(count: Int) throws {
        try check(m3dt_mj_step(model.pointer, data, Int32(count)))
    }

    private func check(_ status: m3dt_mj_status) throws {
        guard status == M3DT_MJ_OK else { throw MuJoCoFailure(message: String(cString: m3dt_mj_message())) }
    }
}
