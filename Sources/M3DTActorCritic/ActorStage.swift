import Foundation
import M3DTRandom
import M3DTSimulation
import M3DTTasks

/// Plays episodes of one task, each worker in an environment of its own.
final class ActorStage {
    /// Where actions come from.
    enum Player {
        /// Any action is as likely as any other.
        case anything
        /// Drawn as the actor says.
        case drawn(NetworkPolicy)
        /// The middle of what the actor says, with normal noise added to each number.
        case means(NetworkPolicy, noise: Double = 0)
    }

    private let task: TaskSpecification
    private let team: WorkerTeam
    private let factory: EnvironmentFactory
    /// One for each worker, made when first used.
    private var environments: [(any Environment)?]

    init(task: TaskSpecification, team: WorkerTeam, factory: @escaping EnvironmentFactory) {
        (self.task, self.team, self.factory) = (task, team, factory)
        environments = [(any Environment)?](repeating: nil, count: team.count)
    }

    /// Plays episodes, each with its own random numbers, and returns them in order.
    ///
    /// - Throws: `EnvironmentError`, or the factory's error.
    func play(_ episodes: Int, streams: (Int) -> RandomStream, by player: Player) throws -> [PlayedEpisode] {
        for worker in environments.indices where environments[worker] == nil {
            environments[worker] = try factory(task)
        }
        let environments = environments
        return try team.map(episodes) { episode, worker in
            var random = streams(episode)
            guard let environment = environments[worker] else { preconditionFailure("a worker has no environment") }
            return try play(in: environment, by: player, random: &random)
        }
    }

    private func play(
        in environment: any Environment, by player: Player, random: inout RandomStream
    ) throws -> PlayedEpisode {
        var episode = PlayedEpisode()
        var observation = try environment.reset(seed: random.next())
        for number in observation { episode.observations.append(Float(number)) }
        for _ in 0..<task.episodeSteps {
            let action = action(observation, by: player, random: &random)
            let outcome = try environment.step(action, into: &observation)
            for number in action { episode.actions.append(Float(number)) }
            for number in observation { episode.observations.append(Float(number)) }
            episode.rewards.append(Float(outcome.reward))
            episode.terminated = outcome.terminated
            if outcome.terminated { break }
        }
        return episode
    }

    private func action(_ observation: [Double], by player: Player, random: inout RandomStream) -> [Double] {
        let width = task.actionWidth
        switch player {
        case .anything: return (0..<width).map { _ in random.uniform(-1, 1) }
        case .means(let policy, let noise):
            let actions = policy.outputs(observation).prefix(width).map { tanh(Double($0)) }
            return noise == 0 ? actions : actions.map { min(max($0 + noise * random.normal(), -1), 1) }
        case .drawn(let policy):
            let outputs = policy.outputs(observation)
            return (0..<width).map {
                tanh(Double(outputs[$0]) + ActorNetwork.deviation(Double(outputs[width + $0])) * random.normal())
            }
        }
    }
}
