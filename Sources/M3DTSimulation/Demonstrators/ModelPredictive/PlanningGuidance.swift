import Foundation

/// Shows a planner the way where a task's reward is flat: something added to the reward while planning, never in the data.
///
/// It looks at the observation after a step, so it needs to know nothing of the physics.
struct PlanningGuidance: Sendable {
    let value: @Sendable (_ observation: [Double]) -> Double

    /// The guidance of a task, where its reward alone does not lead a planner.
    static func standard(for task: String) -> PlanningGuidance? {
        byTask[task]
    }

    private static let byTask: [String: PlanningGuidance] = [
        // How far the finger's tip is from the target, in metres.
        "reacher-easy": toTarget(at: 2), "reacher-hard": toTarget(at: 2),
        "reacher-three-easy": toTarget(at: 3), "reacher-three-hard": toTarget(at: 3),
        "finger-turn-easy": PlanningGuidance { -0.5 * max($0[11], 0) },
        "finger-turn-hard": PlanningGuidance { -0.5 * max($0[11], 0) },
        // How far the fish's mouth is from the target, in metres.
        "fish-swim": PlanningGuidance { -10 * ($0[8] * $0[8] + $0[9] * $0[9] + $0[10] * $0[10]).squareRoot() },
        // How fast the spinner turns, in radians a second.
        "finger-spin": PlanningGuidance { 0.5 * min(max(-$0[6] / 15, -1), 1) },
        // How high the links stand.
        "acrobot-swingup": PlanningGuidance { 0.1 * ($0[2] + $0[3]) + 0.02 * abs($0[4]).squareRoot() },
        "pendulum-swingup": PlanningGuidance { 0.1 * $0[0] + 0.005 * abs($0[2]) * max(-$0[0], 0) },
        "cartpole-swingup-sparse": PlanningGuidance { 0.2 * $0[1] - 0.1 * abs($0[0]) },
        "cartpole-balance-sparse": PlanningGuidance { 0.2 * $0[1] - 0.1 * abs($0[0]) },
        // How far the ball is from the middle of the cup, in metres; the two are counted from 0.35 m apart.
        "cup-catch": PlanningGuidance { -0.5 * hypot($0[2] - $0[0], $0[3] - $0[1] - 0.35) },
        // Hoppers and those that run on two feet of four: upright first.
        "hopper-stand": upright(0.2), "hopper-hop": upright(0.2), "hopper-hop-backwards": upright(0.2),
    ]

    /// - Parameter column: Where the two numbers of the way to the target begin.
    private static func toTarget(at column: Int) -> PlanningGuidance {
        PlanningGuidance { -hypot($0[column], $0[column + 1]) }
    }

    /// The hopper's height and the cosine of its pitch.
    private static func upright(_ weight: Double) -> PlanningGuidance {
        PlanningGuidance { weight * (cos($0[1]) + min($0[0], 0.3)) }
    }
}
