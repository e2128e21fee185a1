import Foundation
import M3DTTasks
import M3DTWorker

/// An episode that a worker plays by itself, with one request: environment and player are both in Python.
public struct WorkerEpisode: Sendable, Hashable {
    /// Who acts.
    public enum Player: String, Sendable, Codable {
        /// The demonstrator that comes with the environment.
        case scripted
        /// Actions drawn evenly from -1 ... 1.
        case random
    }

    public let request: EpisodeRequest
    public let player: Player
    /// Standard deviation of what is added to each number of a scripted action.
    public let actionNoise: Double

    public init(request: EpisodeRequest, player: Player, actionNoise: Double) {
        self.request = request
        self.player = player
        self.actionNoise = actionNoise
    }
}

/// Workers that play whole episodes, as many at once as there are workers.
///
/// An episode that loses its worker is tried once more in a new one.
public final class EpisodeWorkers {
    private let count: Int
    private let limits: WorkerLimits
    private let describe: (TaskSpecification) throws -> PythonEnvironment
    /// What the workers said that they have.
    public private(set) var versions: Set<WorkerConnection.Versions> = []
    private var connections: [Int: WorkerConnection] = [:]
    /// Requests under way, by their place in the list.
    private var sent: [Int: UInt32] = [:]

    /// Episodes that each worker has waiting, so that none is idle while others are read.
    private static let ahead = 2

    public init(
        count: Int = WorkerTeam.processorCount, limits: WorkerLimits = WorkerLimits(),
        describe: @escaping (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    ) {
        precondition(count >= 1, "there must be a worker, not \(count)")
        self.count = count
        self.limits = limits
        self.describe = describe
    }

    /// Plays episodes and hands over each in the order of the list; few are held in memory.
    ///
    /// - Throws: ``EnvironmentError``, `WorkerError`, and what `onTrajectory` throws.
    public func play(_ episodes: [WorkerEpisode], onTrajectory: (Trajectory) throws -> Void) throws {
        sent = [:]
        // Answers that nobody waits for any more would take the places of those to come.
        defer { if !sent.isEmpty { connections = [:] } }
        for index in episodes.indices {
            try sendAhead(episodes, from: index)
            try onTrajectory(try take(episodes[index], at: index))
        }
    }

    private func send(_ episode: WorkerEpisode, at index: Int) throws {
        let task = episode.request.task
        let environment = try describe(task)
        let body = StageRequest.Play(
            environment: StageRequest.Description(environment), seed: episode.request.seed, steps: task.episodeSteps,
            player: episode.player.rawValue, noise: episode.actionNoise)
        let connection = try connection(index % count, environment.launch)
        sent[index] = try connection.send(
            StageRequest.play, body: Array(try JSONEncoder().encode(body)), limitSeconds: limits.episode,
            doing: doing(episode))
    }

    /// Sends the episodes that come next; a worker that is lost meanwhile is replaced when its episode's turn comes.
    private func sendAhead(_ episodes: [WorkerEpisode], from index: Int) throws {
        for next in index..<min(index + count * Self.ahead, episodes.count) where sent[next] == nil {
            do {
                try send(episodes[next], at: next)
            } catch let loss as WorkerError where loss.isLoss {
                return forget(next % count)
            }
        }
    }

    private func take(_ episode: WorkerEpisode, at index: Int) throws -> Trajectory {
        do {
            return try receive(episode, at: index)
        } catch let loss as WorkerError where loss.isLoss {
            forget(index % count)
        }
        do {
            return try receive(episode, at: index)
        } catch let second as WorkerError where second.isLoss {
            throw error(episode, .worker("\(second)"))
        }
    }

    /// Lets a worker go, and everything that it was to do.
    private func forget(_ worker: Int) {
        connections[worker] = nil
        sent = sent.filter { $0.key % count != worker }
    }

    private func receive(_ episode: WorkerEpisode, at index: Int) throws -> Trajectory {
        if sent[index] == nil { try send(episode, at: index) }
        guard let connection = connections[index % count], let number = sent.removeValue(forKey: index) else {
            preconditionFailure("episode \(index) was not sent")
        }
        do {
            let body = try connection.answer(
                to: number, expecting: StageRequest.play, limitSeconds: limits.episode, doing: doing(episode))
            return try trajectory(of: episode, body)
        } catch WorkerError.refused(let problem) {
            throw error(episode, .simulator(problem.message))
        } catch let error as FrameTooShort {
            throw WorkerError.malformed(doing: doing(episode), reason: "\(error)")
        }
    }

    /// Reads T steps of S numbers in an observation and A in an action.
    private func trajectory(of episode: WorkerEpisode, _ body: [UInt8]) throws -> Trajectory {
        let task = episode.request.task
        var reader = FrameReader(body)
        let (steps, states, actions) = (Int(try reader.uint32()), Int(try reader.uint32()), Int(try reader.uint32()))
        guard states == task.observationWidth else {
            throw error(episode, .observationWidth(expected: task.observationWidth, found: states))
        }
        guard actions == task.actionWidth else {
            throw error(episode, .actionWidth(expected: actions, found: task.actionWidth))
        }
        let ending = StageRequest.Ending(rawValue: try reader.byte())
        let trajectory = Trajectory(
            task: task.name, observations: try reader.floats(steps * states),
            actions: try reader.floats(steps * actions), rewards: try reader.floats(steps),
            successes: try reader.bytes(steps).map { $0 != 0 }, terminated: ending.contains(.terminated),
            source: episode.request.source, seed: episode.request.seed)
        let numbers = [("observations", trajectory.observations), ("actions", trajectory.actions)]
        for (what, values) in numbers + [("rewards", trajectory.rewards)] {
            guard let index = values.firstIndex(where: { !$0.isFinite }) else { continue }
            let step = index / max(values.count / max(steps, 1), 1)
            throw error(episode, .stateNotFinite(what: "a number of the \(what)"), step: step)
        }
        return trajectory
    }

    private func connection(_ worker: Int, _ launch: WorkerLaunch) throws -> WorkerConnection {
        if let known = connections[worker], known.launch == launch { return known }
        // A worker of another kind may have been sent episodes; their turn will come again.
        forget(worker)
        let started = try WorkerConnection(launch)
        versions.insert(started.versions)
        connections[worker] = started
        return started
    }

    private func doing(_ episode: WorkerEpisode) -> String { "playing an episode of \(episode.request.task.name)" }

    private func error(
        _ episode: WorkerEpisode, _ cause: EnvironmentError.Cause, step: Int = 0
    ) -> EnvironmentError {
        EnvironmentError(task: episode.request.task.name, step: step, seed: episode.request.seed, cause: cause)
    }
}
