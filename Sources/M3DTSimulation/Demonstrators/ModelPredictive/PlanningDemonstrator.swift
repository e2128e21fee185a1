import M3DTRandom
import M3DTTasks

/// A planner as a demonstrator: what it is called, and how much of the time it does not pay attention.
///
/// An inattentive planner lets go for blocks of steps, in which one random action is held. That makes trajectories of any
/// quality between the planner's own and none, on every task, and costs less than planning.
struct PlanningDemonstrator: Sendable, Hashable {
    let label: String
    /// The part of the blocks in which nothing is planned.
    let inattention: Double

    static let all = [
        PlanningDemonstrator(label: "mpc:best", inattention: 0),
        PlanningDemonstrator(label: "mpc:good", inattention: 0.15),
        PlanningDemonstrator(label: "mpc:middling", inattention: 0.4),
        PlanningDemonstrator(label: "mpc:poor", inattention: 0.75),
    ]

    /// Control steps in which a random action is held, and of which attention is decided anew.
    private static let blockSteps = 5

    /// Starts to play an episode.
    ///
    /// - Throws: ``SimulationError`` where there is not enough memory.
    func begin(in environment: MuJoCoEnvironment, seed: UInt64) throws -> Demonstrator.Acting {
        let task = environment.task
        let root = RandomStream(seed: seed).split(task.name)
        let planner = try SamplingPlanner(
            environment: environment, settings: .standard(for: task.name), guidance: .standard(for: task.name),
            random: root.split("planner"))
        var lapses = root.split("lapses")
        var held: [Double]?
        var step = 0
        return { [inattention] _ in
            if step % Self.blockSteps == 0 {
                let lapse = lapses.uniform() < inattention
                held = lapse ? (0..<task.actionWidth).map { _ in lapses.uniform(-1, 1) } : nil
            }
            step += 1
            guard let held else { return planner.next() }
            planner.skip()
            return held
        }
    }
}
