/// An episode that an actor played. Shapes: T steps, at least one; observations (T + 1) x F, actions T x A, rewards T.
package struct PlayedEpisode: Equatable {
    package var observations: [Float] = []
    package var actions: [Float] = []
    package var rewards: [Float] = []
    /// Whether the task ended it, rather than its length.
    package var terminated = false

    package var totalReturn: Double { rewards.reduce(0) { $0 + Double($1) } }
}
