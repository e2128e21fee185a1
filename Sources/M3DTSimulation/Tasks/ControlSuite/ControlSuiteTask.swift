import M3DTRandom
import M3DTTasks

/// A robot of the DeepMind Control Suite with something to do.
protocol ControlSuiteRobot {
    /// Steps of physics in a control step.
    var substeps: Int { get }

    /// Puts the physics, which is at the model's first position and at rest, where an episode starts.
    ///
    /// - Throws: ``MuJoCoFailure``.
    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws

    /// What a control step that led here is worth, 0 ... 1.
    func reward(_ physics: MuJoCoPhysics) -> Double

    /// The observation, its parts in the suite's order.
    func observe(_ physics: MuJoCoPhysics) -> [Double]
}

/// Plays a robot of the suite: each action is kept for two control steps, whose rewards add up.
///
/// Source: the reference's data, which has 500 steps in an episode of 1000 control steps.
struct ControlSuiteTask: MuJoCoTask {
    static let actionRepeat = 2
    let robot: any ControlSuiteRobot

    func begin(_ physics: MuJoCoPhysics, random: inout RandomStream) throws {
        try physics.clear()
        try robot.begin(physics, random: &random)
        try physics.settle()
    }

    func begin(_ physics: MuJoCoPhysics, positions: [Double], velocities: [Double]) throws {
        try physics.clear()
        try physics.put(positions: positions, velocities: velocities)
    }

    func advance(_ physics: MuJoCoPhysics, action: [Double]) throws -> StepOutcome {
        _ = physics.controls.update(fromContentsOf: action)
        var reward = 0.0
        for _ in 0..<Self.actionRepeat {
            try physics.synchronizedStep(count: robot.substeps)
            reward += robot.reward(physics)
        }
        return StepOutcome(reward: reward)
    }

    func observe(_ physics: MuJoCoPhysics, into observation: inout [Double]) {
        observation = robot.observe(physics)
    }
}
