import M3DTRandom
import M3DTTasks

/// Plays stored policies, each episode by the one that was chosen for it.
public final class Demonstrator: Policy {
    /// Who plays an episode, and how steadily.
    struct Part {
        let policy: LinearPolicy
        let actionNoise: Double
    }

    private struct Seat {
        let frame: ActingFrame
        let part: Part
        var random: RandomStream
    }

    private let choose: (TaskSpecification, UInt64) throws -> Part
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
            return Part(policy: demonstrator.policy, actionNoise: actionNoise)
        }
    }

    /// - Parameter choose: Says who plays the episode of a task with a seed.
    init(choose: @escaping (TaskSpecification, UInt64) throws -> Part) { self.choose = choose }

    /// Starts an episode.
    ///
    /// - Throws: ``SimulationError`` where there is no demonstrator for the task.
    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) throws {
        seats[slot] = Seat(
            frame: try ActingFrame(task: task), part: try choose(task, seed),
            random: RandomStream(seed: seed).split(task.name).split("action-noise"))
    }

    public func act(_ requests: [ActionRequest]) -> [[Double]] { requests.map(action) }

    private func action(_ request: ActionRequest) -> [Double] {
        guard var seat = seats[request.slot] else { preconditionFailure("slot \(request.slot) has not begun") }
        let action = seat.frame.action(seat.part.policy.action(seat.frame.features(request.observation)))
        let noise = seat.part.actionNoise
        if noise == 0 { return action }
        defer { seats[request.slot] = seat }
        return action.map { min(max($0 + noise * seat.random.normal(), -1), 1) }
    }
}
