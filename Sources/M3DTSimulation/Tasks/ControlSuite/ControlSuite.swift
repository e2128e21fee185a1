import Foundation

/// Which robot plays which task of the DeepMind Control Suite.
enum ControlSuite {
    /// A robot's model file, and whether its environments change it.
    struct Body {
        /// Beside the set-up's models; nil for the arm of three links, whose model comes with this package.
        let file: String?
        let isChanged: Bool

        init(_ name: String?, isChanged: Bool = false) {
            file = name.map { "dm_control/\($0).xml" }
            self.isChanged = isChanged
        }
    }

    typealias Entry = (body: Body, robot: @Sendable (MuJoCoModel) throws -> any ControlSuiteRobot)

    /// The arm of three links.
    static var threeLinkReacher: URL {
        Bundle.module.bundleURL.appendingPathComponent("Models/reacher_three_links.xml")
    }

    /// Every task by its name.
    static let entries: [String: Entry] = {
        let walker = Body("walker")
        let cheetah = Body("cheetah")
        let cartPole = Body("cartpole")
        let hopper = Body("hopper")
        let (arm, longArm) = (Body("reacher", isChanged: true), Body(nil, isChanged: true))
        let finger = Body("finger", isChanged: true)
        return [
            "walker-stand": (walker, { try Walker(speed: 0, model: $0) }),
            "walker-walk": (walker, { try Walker(speed: Walker.walkingSpeed, model: $0) }),
            "walker-run": (walker, { try Walker(speed: Walker.runningSpeed, model: $0) }),
            "walker-walk-backwards": (walker, { try Walker(speed: -Walker.walkingSpeed, model: $0) }),
            "walker-run-backwards": (walker, { try Walker(speed: -Walker.runningSpeed, model: $0) }),
            "cheetah-run": (cheetah, { try Cheetah(goal: .run, model: $0) }),
            "cheetah-run-backwards": (cheetah, { try Cheetah(goal: .runBackwards, model: $0) }),
            "cheetah-run-front": (cheetah, { try Cheetah(goal: .runOnFrontFoot, model: $0) }),
            "cheetah-run-back": (cheetah, { try Cheetah(goal: .runOnBackFoot, model: $0) }),
            "cheetah-jump": (cheetah, { try Cheetah(goal: .jump, model: $0) }),
            "reacher-easy": (arm, { try Reacher(targetRadius: Reacher.easyTarget, model: $0) }),
            "reacher-hard": (arm, { try Reacher(targetRadius: Reacher.hardTarget, model: $0) }),
            "reacher-three-easy": (longArm, { try Reacher(targetRadius: Reacher.easyTarget, model: $0) }),
            "reacher-three-hard": (longArm, { try Reacher(targetRadius: Reacher.hardTarget, model: $0) }),
            "acrobot-swingup": (Body("acrobot"), { try Acrobot(model: $0) }),
            "pendulum-swingup": (Body("pendulum"), { try Pendulum(goal: .swingUp, model: $0) }),
            "pendulum-spin": (Body("pendulum"), { try Pendulum(goal: .spin, model: $0) }),
            "cartpole-balance": (cartPole, { try CartPole(swingsUp: false, isSparse: false, model: $0) }),
            "cartpole-balance-sparse": (cartPole, { try CartPole(swingsUp: false, isSparse: true, model: $0) }),
            "cartpole-swingup": (cartPole, { try CartPole(swingsUp: true, isSparse: false, model: $0) }),
            "cartpole-swingup-sparse": (cartPole, { try CartPole(swingsUp: true, isSparse: true, model: $0) }),
            "cup-catch": (Body("ball_in_cup"), { try BallInCup(goal: .catching, model: $0) }),
            "cup-spin": (Body("ball_in_cup"), { try BallInCup(goal: .spinning, model: $0) }),
            "finger-spin": (finger, { try Finger(goal: .spin, model: $0) }),
            "finger-turn-easy": (finger, { try Finger(goal: .turn(Finger.easyTarget), model: $0) }),
            "finger-turn-hard": (finger, { try Finger(goal: .turn(Finger.hardTarget), model: $0) }),
            "fish-swim": (Body("fish", isChanged: true), { try Fish(model: $0) }),
            "hopper-stand": (hopper, { try Hopper(goal: .stand, model: $0) }),
            "hopper-hop": (hopper, { try Hopper(goal: .hop, model: $0) }),
            "hopper-hop-backwards": (hopper, { try Hopper(goal: .hopBackwards, model: $0) }),
        ]
    }()
}
