// Shapes: N steps of all episodes, E episodes, S observation width, A action width. Arrays are row-major.

import M3DTTasks

/// What an episode is for.
public enum EpisodeRole: UInt8, Sendable {
    /// Training windows are drawn from it.
    case training = 0
    /// It is shown to the policy as a prompt, and never trained on.
    case prompt = 1
}

/// All episodes of one task, one after another, mapped from a file or held in memory.
public struct TaskTrajectories: Sendable {
    public let task: TaskSpecification
    /// The names that the episodes' sources index.
    public let sources: [String]

    /// N x S.
    let observations: Column<Float>
    /// N x A.
    let actions: Column<Float>
    /// N.
    let rewards: Column<Float>
    /// N: undiscounted and unscaled.
    let returnsToGo: Column<Float>
    /// N: 0 or 1.
    let successes: Column<UInt8>
    /// E + 1: where each episode starts among the N steps; the last is N.
    let offsets: Column<Int64>
    /// E: 0 or 1.
    let terminated: Column<UInt8>
    /// E: indices into ``sources``.
    let sourceIndices: Column<Int32>
    /// E: the bits of an unsigned seed, or -1 where it is not known.
    let seeds: Column<Int64>
    /// E: raw values of ``EpisodeRole``.
    let roles: Column<UInt8>
    /// What the store recorded when the file was made; `nil` in memory.
    let recordedStatistics: TaskStatistics?
    /// The checksum of the file, as the store recorded it; `nil` in memory.
    let recordedChecksum: String?

    public var episodeCount: Int { offsets.count - 1 }
    public var stepCount: Int { rewards.count }

    /// The steps of an episode, as indices among all steps of the task.
    public func steps(of episode: Int) -> Range<Int> {
        Int(offsets[episode])..<Int(offsets[episode + 1])
    }

    /// Whether an episode is trained on or a prompt.
    public func role(of episode: Int) -> EpisodeRole {
        roles[episode] == EpisodeRole.prompt.rawValue ? .prompt : .training
    }

    /// The indices of the episodes with the given role, in the order in which they were recorded.
    public func episodes(_ role: EpisodeRole) -> [Int] {
        (0..<episodeCount).filter { self.role(of: $0) == role }
    }

    /// The undiscounted return of an episode.
    public func totalReturn(of episode: Int) -> Float {
        returnsToGo[Int(offsets[episode])]
    }

    /// Who acted in an episode.
    public func source(of episode: Int) -> String {
        sources[Int(sourceIndices[episode])]
    }

    /// The goal was reached at any step of the episode.
    public func succeeded(_ episode: Int) -> Bool {
        steps(of: episode).contains { successes[$0] != 0 }
    }

    /// The statistics that the store recorded, or for trajectories in memory, measured now.
    public func statistics() -> TaskStatistics {
        recordedStatistics ?? TaskStatistics(self)
    }

    /// Copies an episode out of the store.
    public func trajectory(_ episode: Int) -> Trajectory {
        let steps = steps(of: episode)
        let (stateWidth, actionWidth) = (task.observationWidth, task.actionWidth)
        return Trajectory(
            task: task.name,
            observations: observations[steps.lowerBound * stateWidth..<steps.upperBound * stateWidth],
            actions: actions[steps.lowerBound * actionWidth..<steps.upperBound * actionWidth],
            rewards: rewards[steps],
            successes: successes[steps].map { $0 != 0 },
            terminated: terminated[episode] != 0,
            source: source(of: episode),
            seed: seeds[episode] == -1 ? nil : UInt64(bitPattern: seeds[episode])
        )
    }
}
