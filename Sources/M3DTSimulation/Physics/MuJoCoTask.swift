import M3DTRandom
import M3DTTasks

/// What a task adds to the physics: how an episode starts, what an action does, what is seen and what it is worth.
///
/// ``MuJoCoEnvironment`` checks everything that is common to all tasks: widths, numbers that are not finite, warnings.
protocol MuJoCoTask {
    /// Puts the physics where an episode starts.
    ///
    /// - Throws: ``MuJoCoFailure``.
    mutating func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws

    /// Starts an episode from a given state, for comparisons with other simulations.
    ///
    /// - Throws: ``MuJoCoFailure``.
    mutating func begin(_ physics: MuJoCoPhysics, positions: [Double], velocities: [Double]) throws

    /// Lets the actuators follow the action for one control step.
    ///
    /// - Throws: ``MuJoCoFailure``.
    mutating func advance(_ physics: MuJoCoPhysics, action: [Double]) throws -> StepOutcome

    /// Writes what the task shows of the physics.
    func observe(_ physics: MuJoCoPhysics, into observation: inout [Double])
}

extension MuJoCoTask {
    func begin(_ physics: MuJoCoPhysics, positions: [Double], velocities: [Double]) throws {
        try physics.reset(positions: positions, velocities: velocities)
    }
}
