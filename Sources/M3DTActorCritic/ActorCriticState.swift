import M3DTSimulation
import M3DTStorage

/// An actor that was looked at during a training.
public struct ActorSnapshot: Sendable, Hashable {
    public let round: Int
    /// The mean return over some episodes, without noise.
    public let meanReturn: Double
    /// Its last layer gives means and deviations.
    public let policy: NetworkPolicy
}

/// What a training's file says beside its numbers.
struct ActorCriticRecord: Codable, Equatable {
    var task: String
    var settings: ActorCriticSettings
    /// Rounds done.
    var round = 0
    var updates = 0
    var temperature: Temperature
    var observations: RunningMoments
    /// Each look at the actor: after which round it was, and the mean return.
    var lookRounds: [Int] = []
    var lookReturns: [Double] = []
}
