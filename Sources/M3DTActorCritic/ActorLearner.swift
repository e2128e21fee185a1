import M3DTRandom
import M3DTSimulation
import M3DTStorage
import M3DTTensor

/// What trainings of any kind are told.
package protocol ActorSettings: Codable, Sendable, Hashable {
    /// Begins the labels of its demonstrators: `sac` makes `sac:best`.
    static var label: String { get }

    /// Episodes that are played between two rounds of learning.
    var episodesPerRound: Int { get set }
    /// Rounds played with random actions first, or by the actor that a training starts from.
    var randomRounds: Int { get set }
    /// Rounds in all.
    var rounds: Int { get set }
    /// Rounds between two looks at the actor itself, after each of which the state is saved.
    var evaluationInterval: Int { get set }
    /// Episodes of such a look.
    var evaluationEpisodes: Int { get set }
    /// Decides all that is drawn at random.
    var seed: UInt64 { get set }

    /// How much of ``RewardGuidance`` is added to the rewards that are learnt from.
    var guidance: Double { get }

    /// The deviations with which an actor acts that a training starts from.
    var startDeviation: Double { get }

    /// What was found to work best for a task.
    static func standard(for task: String) -> Self
}

/// Networks that learn from episodes which their actor played.
///
/// - Throws: `TensorError` where an operation fails or a gradient is not finite, from every member that throws.
package protocol ActorLearner: AnyObject {
    associatedtype Settings: ActorSettings
    /// What is saved beside ``buffers``.
    associatedtype State: Codable

    init(featureWidth: Int, actionWidth: Int, settings: Settings, random: RandomStream) throws

    /// The actor as it is, for plain observations; its last layer gives means and deviations.
    func policy() throws -> NetworkPolicy

    /// Goes on from an actor for plain observations with means and deviations, of the same widths as its own.
    func start(from policy: NetworkPolicy) throws

    /// Learns from a round's episodes.
    func learn(from played: [PlayedEpisode], round: Int) throws

    /// Weights and moments, by name.
    var buffers: [(name: String, tensor: Tensor)] { get }
    var state: State { get }
    /// What it remembers of earlier rounds.
    var storedMemory: [SafetensorsTensor] { get }
    /// Takes over a saved state and what was remembered with it, after the buffers.
    ///
    /// - Returns: What is wrong with them, if anything.
    /// - Throws: A storage error.
    func restore(_ state: State, from stored: SafetensorsFile) throws -> String?
}
