/// How an actor-critic learns: soft actor-critic with normalised critics, and few updates a step, since simulating is
/// cheaper here than learning.
///
/// Source: Haarnoja and others, "Soft actor-critic algorithms and applications", 2018.
package struct SoftActorCriticSettings: ActorSettings {
    package static let label = "sac"

    /// Width of both hidden layers of the actor; small, as actors are shipped.
    package var actorWidth = 64
    /// Width of both hidden layers of each of the two critics.
    package var criticWidth = 128
    /// Episodes that are played between two rounds of updates.
    package var episodesPerRound = 4
    /// Updates for each step that was played.
    package var updateRatio = 0.5
    /// Steps drawn for an update.
    package var batch = 128
    /// Steps whose rewards are summed before the critics are asked. Default: 1. Sums over more are those of older actors, which
    /// learn faster at first and then hold the present one down: three steps end at 490 in finger-spin, where one passes 750.
    package var returnSteps = 1
    /// What a reward one step later is worth.
    package var discount = 0.99
    /// Of the actor, the critics and the temperature.
    package var learningRate = 5e-4
    /// How far the slow copies of the critics move towards them with each update.
    package var targetRate = 0.01
    /// Updates of the critics for each of the actor and the temperature.
    package var actorDelay = 2
    /// The entropy that the temperature is to keep, for each number of an action.
    package var entropyPerAction = -1.0
    /// Where the temperature starts.
    package var initialTemperature = 0.1
    /// Rounds played with random actions first.
    package var randomRounds = 2
    /// Episodes that are remembered; the oldest go first.
    package var rememberedEpisodes = 1000
    /// Rounds in all.
    package var rounds = 500
    /// Rounds between two looks at the actor itself, after each of which the state is saved.
    package var evaluationInterval = 10
    /// Episodes of such a look.
    package var evaluationEpisodes = 4
    /// Decides all that is drawn at random.
    package var seed: UInt64 = 0

    /// None.
    package var guidance: Double { 0 }
    /// As small as proximal policy optimisation's.
    package var startDeviation: Double { ProximalSettings().startDeviation }

    package init() {}

    /// What was found to work best for a task: a hopper has to look further ahead and to try more, so as to get up at all.
    package static func standard(for task: String) -> SoftActorCriticSettings {
        var settings = SoftActorCriticSettings()
        if task.hasPrefix("hopper-") { (settings.returnSteps, settings.entropyPerAction) = (5, -0.5) }
        return settings
    }
}
