import Foundation

/// Shows the way where a task's reward is flat: something added to the reward while planning or learning, never in the data.
///
/// It looks at the observation after a step, so it needs to know nothing of the physics.
package struct RewardGuidance: Sendable {
    package let value: @Sendable (_ observation: [Double]) -> Double

    /// The guidance of a task, where its reward alone leads nowhere.
    package static func standard(for task: String) -> RewardGuidance? {
        byTask[task]
    }

    private static let byTask: [String: RewardGuidance] = [
        // How far the finger's tip is from the target, in metres.
        "reacher-easy": toTarget(at: 2), "reacher-hard": toTarget(at: 2),
        "reacher-three-easy": toTarget(at: 3), "reacher-three-hard": toTarget(at: 3),
        "finger-turn-easy": RewardGuidance { -0.5 * max($0[11], 0) },
        "finger-turn-hard": RewardGuidance { -0.5 * max($0[11], 0) },
        // How far the fish's mouth is from the target, in metres.
        "fish-swim": RewardGuidance { -10 * ($0[8] * $0[8] + $0[9] * $0[9] + $0[10] * $0[10]).squareRoot() },
        // How fast the spinner turns, in radians a second.
        "finger-spin": RewardGuidance { 0.5 * min(max(-$0[6] / 15, -1), 1) },
        // How high the links stand.
        "acrobot-swingup": RewardGuidance { 0.1 * ($0[2] + $0[3]) + 0.02 * abs($0[4]).squareRoot() },
        "pendulum-swingup": RewardGuidance { 0.1 * $0[0] + 0.005 * abs($0[2]) * max(-$0[0], 0) },
        "cartpole-swingup-sparse": RewardGuidance { 0.2 * $0[1] - 0.1 * abs($0[0]) },
        "cartpole-balance-sparse": RewardGuidance { 0.2 * $0[1] - 0.1 * abs($0[0]) },
        // How far the ball is from the middle of the cup, in metres; the two are counted from 0.35 m apart.
        "cup-catch": RewardGuidance { -0.5 * hypot($0[2] - $0[0], $0[3] - $0[1] - 0.35) },
        // Hoppers and those that run on two feet of four: upright first.
        "hopper-stand": upright(0.2), "hopper-hop": upright(0.2), "hopper-hop-backwards": upright(0.2),
    ]

    /// - Parameter column: Where the two numbers of the way to the target begin.
    private static func toTarget(at column: Int) -> RewardGuidance {
        RewardGuidance { -hypot($0[column], $0[column + 1]) }
    }

    /// The hopper's height and the cosine of its pitch.
    private static func upright(_ weight: Double) -> RewardGuidance {
        RewardGuidance { weight * (cos($0[1]) + min($0[0], 0.3)) }
    }
}
