import M3DTSimulation

extension ActorTraining {
    /// Degrees from the best to the poorest, with the part of the best's return that each is to come near to.
    private static var levels: [(degree: String, share: Double)] {
        [("best", 1), ("good", 0.75), ("middling", 0.5), ("poor", 0.25)]
    }
    /// How many of the foremost snapshots are compared again, and by how many episodes.
    private static var finalists: (count: Int, episodes: Int) { (10, 10) }
    /// The noise with which the best demonstrator plays: an actor that cannot bear it makes poor data.
    private static var noise: Double { DemonstratorMixture.standard.parts[0].actionNoise }

    /// Demonstrators of different quality out of the snapshots: the one that plays best with noise, and the nearest to parts of its
    /// return.
    ///
    /// - Throws: `EnvironmentError` where the simulation fails.
    package func demonstrators() throws -> [StoredActor] {
        let order = snapshots.indices.sorted { (-snapshots[$0].meanReturn, $0) < (-snapshots[$1].meanReturn, $1) }
        let compared = try order.prefix(Self.finalists.count).map {
            ($0, try judged(snapshots[$0].policy, noise: Self.noise))
        }
        guard let best = compared.max(by: { $0.1 < $1.1 })?.0 else { return [] }
        let goal = snapshots[best].meanReturn
        var chosen = [best]
        for level in Self.levels.dropFirst() {
            let left = order.filter { !chosen.contains($0) && snapshots[$0].meanReturn < goal }
            let nearest = left.min {
                abs(snapshots[$0].meanReturn - level.share * goal) < abs(snapshots[$1].meanReturn - level.share * goal)
            }
            if let nearest { chosen.append(nearest) }
        }
        let actors = try chosen.map { snapshots[$0].policy.narrowed(to: task.actionWidth).rounded }
            .map { ($0, try judged($0)) }
        return zip(actors.sorted { $0.1 > $1.1 }, Self.levels).map { actor, level in
            StoredActor(
                task: task.name, label: Learner.Settings.label + ":" + level.degree, meanReturn: actor.1,
                policy: actor.0)
        }
    }

    private func judged(_ policy: NetworkPolicy, noise: Double = 0) throws -> Double {
        try meanReturn(of: policy, episodes: Self.finalists.episodes, seed: 2, noise: noise)
    }
}
