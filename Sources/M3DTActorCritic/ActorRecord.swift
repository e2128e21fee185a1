import M3DTSimulation

/// An actor that was looked at during a training.
package struct ActorSnapshot: Sendable, Hashable {
    package let round: Int
    /// The mean return over some episodes, without noise.
    package let meanReturn: Double
    /// Its last layer gives means and deviations.
    package let policy: NetworkPolicy
}

/// What a training's file says beside its numbers.
struct ActorRecord<Settings: ActorSettings, State: Codable>: Codable {
    var task: String
    var settings: Settings
    /// The actor that it started from.
    var start: String?
    /// Rounds done.
    var round = 0
    var learner: State
    /// Each look at the actor: after which round it was, and the mean return.
    var lookRounds: [Int] = []
    var lookReturns: [Double] = []
}
