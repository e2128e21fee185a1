/// How an actor learns by proximal policy optimisation: much playing, and few careful steps on what has just been played.
///
/// Sources: Schulman and others, "Proximal policy optimization algorithms", 2017; the learning rate that follows the divergence:
/// Rudin and others, "Learning to walk in minutes using massively parallel deep reinforcement learning", 2022.
package struct ProximalSettings: ActorSettings {
    package static let label = "ppo"

    /// Width of both hidden layers of the actor; small, as actors are shipped.
    package var actorWidth = 64
    /// Width of both hidden layers of the network that says what a state is worth.
    package var valueWidth = 128
    /// Episodes that are played between two rounds of learning.
    package var episodesPerRound = 32
    /// How often a round learns from each of its steps.
    package var epochs = 8
    /// Steps of which a gradient is taken; all of a round's where these are fewer.
    package var batch = 4096
    /// What a reward one step later is worth.
    package var discount = 0.99
    /// How far an advantage trusts rewards rather than the value of the next state: 0 not at all, 1 to the episode's end.
    package var traceDecay = 0.95
    /// How far the odds of an action may move in a round before it no longer counts.
    package var clip = 0.2
    /// What the actor's entropy is worth, in deviations of an advantage.
    package var entropyWeight = 0.01
    /// How far the actor is to move with each step, as a Kullback-Leibler divergence from the one that played.
    package var wantedDivergence = 0.03
    /// Where the actor's learning rate starts, and that of the value network.
    package var learningRate = 5e-4
    /// Rounds played with random actions first, to learn how large observations are.
    package var randomRounds = 1
    /// Rounds in all.
    package var rounds = 1000
    /// Rounds between two looks at the actor itself, after each of which the state is saved.
    package var evaluationInterval = 20
    /// Episodes of such a look.
    package var evaluationEpisodes = 4
    /// How much of a task's guidance is added to its reward while learning; see `RewardGuidance`.
    package var guidance = 1.0
    /// The deviations with which an actor acts that a training starts from. Default: so small that it keeps its balance.
    package var startDeviation = 0.05
    /// Decides all that is drawn at random.
    package var seed: UInt64 = 0

    package init() {}

    /// What was found to work best for a task: a hopper has to look further ahead.
    package static func standard(for task: String) -> ProximalSettings {
        var settings = ProximalSettings()
        if task.hasPrefix("hopper-") { settings.discount = 0.995 }
        return settings
    }
}
