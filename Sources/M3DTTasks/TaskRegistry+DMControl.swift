extension TaskRegistry {
    /// Robots of the DeepMind Control Suite and what they are to do: the suite's own tasks and those that TD-MPC2 added.
    ///
    /// An episode is 500 steps, each of them two control steps of the suite with the same action, so no return exceeds 1000.
    ///
    /// Source: the reference's evaluation protocol.
    static let dmControlTasks = dmControlRobots.flatMap { robot in
        robot.tasks.map { name in
            TaskSpecification(
                name: name, domain: .dmControl, observationWidth: robot.observationWidth,
                actionWidth: robot.actionWidth, episodeSteps: 500, targetReturn: 1000, returnScale: 200,
                score: .linear(offset: 0, range: 1000), evaluationEpisodes: 10)
        }
    }

    /// Tasks that share a robot and the widths that come with it.
    private struct Robot {
        let observationWidth: Int
        let actionWidth: Int
        let tasks: [String]

        init(_ observationWidth: Int, _ actionWidth: Int, _ tasks: String...) {
            (self.observationWidth, self.actionWidth, self.tasks) = (observationWidth, actionWidth, tasks)
        }
    }

    private static let dmControlRobots: [Robot] = [
        Robot(24, 6, "walker-stand", "walker-walk", "walker-run", "walker-walk-backwards", "walker-run-backwards"),
        Robot(
            17, 6, "cheetah-run", "cheetah-run-backwards", "cheetah-run-front", "cheetah-run-back", "cheetah-jump"),
        Robot(6, 2, "reacher-easy", "reacher-hard"),
        Robot(8, 3, "reacher-three-easy", "reacher-three-hard"),
        Robot(6, 1, "acrobot-swingup"),
        Robot(3, 1, "pendulum-swingup", "pendulum-spin"),
        Robot(5, 1, "cartpole-balance", "cartpole-balance-sparse", "cartpole-swingup", "cartpole-swingup-sparse"),
        Robot(8, 2, "cup-catch", "cup-spin"),
        Robot(9, 2, "finger-spin"),
        Robot(12, 2, "finger-turn-easy", "finger-turn-hard"),
        Robot(24, 5, "fish-swim"),
        Robot(15, 4, "hopper-stand", "hopper-hop", "hopper-hop-backwards"),
    ]
}
