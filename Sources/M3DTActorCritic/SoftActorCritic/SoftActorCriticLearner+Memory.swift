import M3DTSimulation
import M3DTStorage

/// The memory as it is saved: all episodes one after the other, and how long each is.
extension SoftActorCriticLearner {
    package var storedMemory: [SafetensorsTensor] {
        let episodes = memory.episodes
        func joined(_ name: String, _ path: KeyPath<PlayedEpisode, [Float]>) -> SafetensorsTensor {
            let count = episodes.reduce(0) { $0 + $1[keyPath: path].count }
            return SafetensorsTensor(name: name, type: .float32, shape: [count]) { sink in
                for episode in episodes { try episode[keyPath: path].withUnsafeBytes { try sink.write($0) } }
            }
        }
        return [
            SafetensorsTensor(
                name: "memory.steps", shape: [episodes.count], values: episodes.map { Int64($0.rewards.count) }),
            SafetensorsTensor(
                name: "memory.terminated", shape: [episodes.count],
                values: episodes.map { UInt8($0.terminated ? 1 : 0) }),
            joined("memory.observations", \.observations), joined("memory.actions", \.actions),
            joined("memory.rewards", \.rewards),
        ]
    }

    /// - Returns: What is wrong with it, if anything.
    /// - Throws: A storage error.
    func restoreMemory(from stored: SafetensorsFile) throws -> String? {
        let steps = try stored.array("memory.steps", as: Int64.self).map { Int($0) }
        let terminated = try stored.array("memory.terminated", as: UInt8.self)
        var (observations, actions, rewards) = (
            try stored.array("memory.observations", as: Float.self)[...],
            try stored.array("memory.actions", as: Float.self)[...],
            try stored.array("memory.rewards", as: Float.self)[...]
        )
        let total = steps.reduce(0, +)
        guard steps.allSatisfy({ $0 > 0 }), terminated.count == steps.count, rewards.count == total,
            actions.count == total * actionWidth,
            observations.count == (total + steps.count) * featureWidth
        else { return "the remembered episodes do not fit together" }
        memory.add(
            zip(steps, terminated).map { steps, terminated in
                let episode = PlayedEpisode(
                    observations: Array(observations.prefix((steps + 1) * featureWidth)),
                    actions: Array(actions.prefix(steps * actionWidth)), rewards: Array(rewards.prefix(steps)),
                    terminated: terminated == 1)
                observations.removeFirst(episode.observations.count)
                actions.removeFirst(episode.actions.count)
                rewards.removeFirst(episode.rewards.count)
                return episode
            })
        return nil
    }
}
