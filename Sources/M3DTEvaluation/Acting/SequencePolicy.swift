import M3DTTasks

/// A trained policy that plays many episodes at once, with one pass through the model for all that ask.
///
/// Which episodes share a pass changes an action by rounding alone.
public final class SequencePolicy: Policy {
    public let policy: M3DTPolicy
    private var episodes: [M3DTEpisode?]

    /// - Parameter slots: Episodes that can be under way at once.
    public init(_ policy: M3DTPolicy, slots: Int) {
        precondition(slots >= 1, "a policy needs at least one slot, not \(slots)")
        self.policy = policy
        episodes = [M3DTEpisode?](repeating: nil, count: slots)
    }

    /// The number of slots.
    public var slotCount: Int { episodes.count }

    /// Starts an episode in a slot and forgets the one before it.
    ///
    /// - Throws: ``PolicyError`` where the slot does not exist or the policy was not made for the task.
    public func begin(slot: Int, task: TaskSpecification, seed: UInt64) throws {
        guard episodes.indices.contains(slot) else { throw PolicyError.unknownSlot(slot, slots: slotCount) }
        let episode = try policy.start(task: task.name, seed: seed)
        let known = episode.task
        let fits =
            known.observationWidth == task.observationWidth && known.actionWidth == task.actionWidth
            && known.returnScale == task.returnScale
        guard fits else { throw PolicyError.otherTask(name: task.name) }
        episodes[slot] = episode
    }

    /// Chooses one action for each request.
    ///
    /// - Throws: ``PolicyError`` for a slot that plays no episode or is asked twice, and as ``M3DTEpisode/act(observation:reward:)``;
    ///   no episode has then moved on.
    public func act(_ requests: [ActionRequest]) throws -> [[Double]] {
        var asked: Set<Int> = []
        return try policy.act(
            requests.map { request in
                guard episodes.indices.contains(request.slot) else {
                    throw PolicyError.unknownSlot(request.slot, slots: slotCount)
                }
                guard let episode = episodes[request.slot] else { throw PolicyError.notBegun(slot: request.slot) }
                guard asked.insert(request.slot).inserted else { throw PolicyError.repeatedSlot(request.slot) }
                return EpisodeStep(episode: episode, observation: request.observation, reward: request.reward)
            })
    }
}
