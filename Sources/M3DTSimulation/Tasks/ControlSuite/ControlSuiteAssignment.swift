import Foundation

/// Which robot does what in a task of the DeepMind Control Suite.
enum ControlSuiteAssignment: Sendable {
    /// Metres per second; negative for backwards, 0 for standing.
    case walker(speed: Double)
    case cheetah(Cheetah.Goal)
    /// The target's radius in metres.
    case reacher(target: Double)
    case threeLinkReacher(target: Double)
    case acrobot
    case pendulum(Pendulum.Goal)
    case cartPole(swingsUp: Bool, isSparse: Bool)
    case ballInCup(BallInCup.Goal)
    case finger(Finger.Goal)
    case fish
    case hopper(Hopper.Goal)

    /// Every task by its name.
    static let all: [String: ControlSuiteAssignment] = [
        "walker-stand": .walker(speed: 0),
        "walker-walk": .walker(speed: Walker.walkingSpeed),
        "walker-run": .walker(speed: Walker.runningSpeed),
        "walker-walk-backwards": .walker(speed: -Walker.walkingSpeed),
        "walker-run-backwards": .walker(speed: -Walker.runningSpeed),
        "cheetah-run": .cheetah(.run),
        "cheetah-run-backwards": .cheetah(.runBackwards),
        "cheetah-run-front": .cheetah(.runOnFrontFoot),
        "cheetah-run-back": .cheetah(.runOnBackFoot),
        "cheetah-jump": .cheetah(.jump),
        "reacher-easy": .reacher(target: Reacher.easyTarget),
        "reacher-hard": .reacher(target: Reacher.hardTarget),
        "reacher-three-easy": .threeLinkReacher(target: Reacher.easyTarget),
        "reacher-three-hard": .threeLinkReacher(target: Reacher.hardTarget),
        "acrobot-swingup": .acrobot,
        "pendulum-swingup": .pendulum(.swingUp),
        "pendulum-spin": .pendulum(.spin),
        "cartpole-balance": .cartPole(swingsUp: false, isSparse: false),
        "cartpole-balance-sparse": .cartPole(swingsUp: false, isSparse: true),
        "cartpole-swingup": .cartPole(swingsUp: true, isSparse: false),
        "cartpole-swingup-sparse": .cartPole(swingsUp: true, isSparse: true),
        "cup-catch": .ballInCup(.catching),
        "cup-spin": .ballInCup(.spinning),
        "finger-spin": .finger(.spin),
        "finger-turn-easy": .finger(.turn(Finger.easyTarget)),
        "finger-turn-hard": .finger(.turn(Finger.hardTarget)),
        "fish-swim": .fish,
        "hopper-stand": .hopper(.stand),
        "hopper-hop": .hopper(.hop),
        "hopper-hop-backwards": .hopper(.hopBackwards),
    ]

    /// The robot's model file: among those of the set-up, or the one that comes with this package.
    func modelFile(among models: String) -> String {
        if case .threeLinkReacher = self {
            return Bundle.module.bundleURL.appendingPathComponent("Models/reacher_three_links.xml").path
        }
        return "\(models)/dm_control/\(robotName).xml"
    }

    private var robotName: String {
        switch self {
        case .walker: "walker"
        case .cheetah: "cheetah"
        case .reacher, .threeLinkReacher: "reacher"
        case .acrobot: "acrobot"
        case .pendulum: "pendulum"
        case .cartPole: "cartpole"
        case .ballInCup: "ball_in_cup"
        case .finger: "finger"
        case .fish: "fish"
        case .hopper: "hopper"
        }
    }

    /// Environments change their model, by a target that is moved or a hinge that is looser, so that each needs a copy.
    var changesModel: Bool {
        switch self {
        case .reacher, .threeLinkReacher, .finger, .fish: true
        default: false
        }
    }

    /// The model has a target that the task is about, so that pictures show it.
    var hasTarget: Bool {
        switch self {
        case .reacher, .threeLinkReacher, .acrobot, .ballInCup(.catching), .finger(.turn), .fish: true
        default: false
        }
    }

    /// Makes the robot of an environment.
    ///
    /// - Throws: ``SimulationError/partMissing(name:model:)`` where the model is another robot's.
    func robot(_ model: MuJoCoModel) throws -> any ControlSuiteRobot {
        switch self {
        case .walker(let speed): try Walker(speed: speed, model: model)
        case .cheetah(let goal): try Cheetah(goal: goal, model: model)
        case .reacher(let target), .threeLinkReacher(let target): try Reacher(targetRadius: target, model: model)
        case .acrobot: try Acrobot(model: model)
        case .pendulum(let goal): try Pendulum(goal: goal, model: model)
        case .cartPole(let swingsUp, let isSparse):
            try CartPole(swingsUp: swingsUp, isSparse: isSparse, model: model)
        case .ballInCup(let goal): try BallInCup(goal: goal, model: model)
        case .finger(let goal): try Finger(goal: goal, model: model)
        case .fish: try Fish(model: model)
        case .hopper(let goal): try Hopper(goal: goal, model: model)
        }
    }
}
