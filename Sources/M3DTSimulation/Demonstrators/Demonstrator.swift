import M3DTRandom
import M3DTTasks

/// Plays demonstrators, each episode by the one that was chosen for it.
public final class Demonstrator: Policy {
    /// Chooses the actions of one episode.
    typealias Acting = (_ observation: [Double]) throws -> [Double]

    /// Who plays an episode, and how steadily.
    struct Part {
        let player: Player
        let actionNoise: Double
    }

    /// What a demonstrator acts by.
    enum Player {
        case policy(any FeedbackPolicy)
        case planning(PlanningDemonstrator)
    }

    /// One episode's player. Only the worker that was given its request touches it.
    private final class Seat {
        private let acting: Acting
        private let noise: Double
        private var random: RandomStream

        init(acting: @escaping Acting, noise: Double, random: RandomStream) {
            (self.acting, self.noise, self.random) = (acting, noise, random)
        }

        func action(_ observation: [Double]) throws -> [Double] {
            let action = try acting(observation)
            if noise == 0 { return action }
            return action.map { min(max($0 + noise * random.normal(), -1), 1) }
        }
    }

    private let choose: (TaskSpecification, UInt64) throws -> Part
    private let environments: ThreadedEnvironmentBatch?
    private let team: WorkerTeam
    private var seats: [Int: Seat] = [:]

    /// Plays one demonstrator in all episodes.
    ///
    /// - Parameter actionNoise: Standard deviation of what is added to each number of an action.
    public convenience init(_ demonstrator: StoredDemonstrator, actionNoise: Double = 0) {
        self.init { task, _ in
            guard task.name == demonstrator.task else {
                throw SimulationError.noDemonstrator(
                    task: task.name, label: demonstrator.label, known: ["one of \(demonstrator.task)"])
            }
            return Part(player: .policy(demonstrator.policy), actionNoise: actionNoise)
        }
    }

    /// - Parameters:
    ///   - environments: Where the episodes are played; needed by those who plan.
    ///   - threads: Threads that share the planning. They change nothing else.
    ///   - choose: Says who plays the episode of a task with a seed.
    init(
        environments: ThreadedEnvironmentBatch? = nil, threads: Int = 1,
        choose: @escaping (TaskSpecification, UInt64) throws -> Part
    ) {
        self.choose = choose
        self.environments = environments
        team = WorkerTeam(count: threads)
    }

    /// Starts an episode.
    ///
    /// - Throws: ``SimulationError`` where there is no demonstrator for the task.
    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) throws {
        let part = try choose(task, seed)
        seats[slot] = Seat(
            acting: try acting(part.player, slot: slot, task: task, seed: seed), noise: part.actionNoise,
            random: RandomStream(seed: seed).split(task.name).split("action-noise"))
    }

    /// Chooses the actions, those of several slots at once.
    ///
    /// - Throws: What a player throws.
    public func act(_ requests: [ActionRequest]) throws -> [[Double]] {
        try team.map(requests.count) { index, _ in
            guard let seat = seats[requests[index].slot] else {
                preconditionFailure("slot \(requests[index].slot) has not begun")
            }
            return try seat.action(requests[index].observation)
        }
    }

    private func acting(_ player: Player, slot: Int, task: TaskSpecification, seed: UInt64) throws -> Acting {
        switch player {
        case .policy(let policy):
            let frame = try ActingFrame(task: task)
            return { frame.action(policy.action(frame.features($0))) }
        case .planning(let demonstrator):
            guard let environment = environments?.environment(inSlot: slot) as? MuJoCoEnvironment else {
                throw SimulationError.planningNeedsSimulation(task: task.name, label: demonstrator.label)
            }
            return try demonstrator.begin(in: environment, seed: seed)
        }
    }
}

/// Actions as a function of what is seen at the moment.
protocol FeedbackPolicy: Sendable {
    /// The action for some features of the observation.
    func action(_ features: [Double]) -> [Double]
}

extension LinearPolicy: FeedbackPolicy {}
extension NetworkPolicy: FeedbackPolicy {}
