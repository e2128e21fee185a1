extension TaskRegistry {
    /// The 50 tasks of Meta-World, which are played in workers.
    ///
    /// Names are those of the reference's data. An episode succeeds where the goal is reached at any step.
    ///
    /// Source: the reference's evaluation protocol: 10 goals; Meta-World's own has 50.
    static let metaWorldTasks = metaWorldNames.map { name in
        TaskSpecification(
            name: name + "-v2", domain: .metaWorld, observationWidth: 39, actionWidth: 4, episodeSteps: 500,
            targetReturn: 4500, returnScale: 1000, score: .success, evaluationEpisodes: 10)
    }

    private static let metaWorldNames = [
        "assembly", "basketball", "bin-picking", "box-close", "button-press", "button-press-topdown",
        "button-press-topdown-wall", "button-press-wall", "coffee-button", "coffee-pull", "coffee-push", "dial-turn",
        "disassemble", "door-close", "door-lock", "door-open", "door-unlock", "drawer-close", "drawer-open",
        "faucet-close", "faucet-open", "hammer", "hand-insert", "handle-press", "handle-press-side", "handle-pull",
        "handle-pull-side", "lever-pull", "peg-insert-side", "peg-unplug-side", "pick-out-of-hole", "pick-place",
        "pick-place-wall", "plate-slide", "plate-slide-back", "plate-slide-back-side", "plate-slide-side", "push",
        "push-back", "push-wall", "reach", "reach-wall", "shelf-place", "soccer", "stick-pull", "stick-push", "sweep",
        "sweep-into", "window-close", "window-open",
    ]
}

extension TaskSpecification {
    /// Goals that a task has in a fixed list, the same for everyone; nothing where goals are not listed.
    ///
    /// The seed of an episode, modulo this number, is the goal's place in the list.
    public var listedGoals: Int? { domain == .metaWorld ? 50 : nil }

    /// The seed of an evaluation's episode: the given one, or one near it with the goal of the episode's number.
    public func evaluationSeed(_ seed: UInt64, episode: Int) -> UInt64 {
        guard let goals = listedGoals else { return seed }
        // The remainder is shifted out, so that the sum cannot overflow.
        return (seed >> 8) * UInt64(goals) + UInt64(episode % goals)
    }
}
