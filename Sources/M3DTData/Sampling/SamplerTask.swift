import M3DTRandom
import M3DTTasks

/// One task as the sampler draws from it.
struct SamplerTask: Sendable {
    let trajectories: TaskTrajectories
    let statistics: TaskStatistics
    let scaling: ObservationScaling
    let promptScaling: ObservationScaling
    let stream: RandomStream
    let longestEpisode: Int

    /// The training episodes, in the order of recording.
    private let training: [Int]
    /// Where each training episode starts if they are laid end to end; the last is the number of training steps.
    private let starts: [Int]
    private let prompts: [Int]
    private let bestPrompt: Int?
    private let worstPrompt: Int?

    /// - Throws: ``DataError`` where the task has nothing to train on, or no prompts though they are asked for.
    init(_ trajectories: TaskTrajectories, options: SamplerOptions, stream: RandomStream) throws {
        self.trajectories = trajectories
        self.stream = stream
        statistics = trajectories.statistics()
        training = trajectories.episodes(.training)
        starts = training.reduce(into: [0]) { $0.append($0[$0.count - 1] + trajectories.steps(of: $1).count) }
        guard !training.isEmpty else {
            let prompts = trajectories.episodeCount
            throw DataError(.tooFewEpisodes(found: prompts, prompts: prompts), task: trajectories.task.name)
        }
        longestEpisode = (0..<trajectories.episodeCount).reduce(0) { max($0, trajectories.steps(of: $1).count) }
        let prompts = trajectories.episodes(.prompt)
        guard options.promptSteps == 0 || !prompts.isEmpty else {
            throw DataError(.noPromptEpisodes, task: trajectories.task.name)
        }
        self.prompts = prompts
        bestPrompt = prompts.max { trajectories.totalReturn(of: $0) < trajectories.totalReturn(of: $1) }
        worstPrompt = prompts.min { trajectories.totalReturn(of: $0) < trajectories.totalReturn(of: $1) }
        scaling = statistics.scaling(options)
        promptScaling =
            switch options.promptStatistics {
            case .task: scaling
            case .prompt: ObservationMoments(trajectories, episodes: prompts).scaling(options)
            }
    }

    /// Draws a window: its first step uniformly from all training steps, then on for at most `length` steps.
    func drawWindow(length: Int, from stream: inout RandomStream) -> EpisodePiece {
        let draw = stream.index(below: starts[training.count])
        let index = lastStart(atMost: draw)
        return piece(of: training[index], from: draw - starts[index], length: length)
    }

    /// Draws the prompt of a row; nothing for a model without prompts.
    func drawPrompt(row: Int, options: SamplerOptions, from stream: inout RandomStream) -> EpisodePiece? {
        guard options.promptSteps > 0, let best = bestPrompt, let worst = worstPrompt else { return nil }
        switch options.promptChoice {
        case .best: return ending(of: best, length: options.promptSteps)
        case .last: return ending(of: prompts[prompts.count - 1], length: options.promptSteps)
        case .reference:
            return ending(of: row % Self.rowsPerWorstPrompt == 0 ? worst : best, length: options.promptSteps)
        case .random:
            let episode = prompts[stream.index(below: prompts.count)]
            let starts = max(trajectories.steps(of: episode).count - options.promptSteps + 1, 1)
            return piece(of: episode, from: stream.index(below: starts), length: options.promptSteps)
        }
    }

    /// The prompts to act with.
    func evaluationPrompts(_ options: SamplerOptions) -> [EpisodePiece] {
        guard options.promptSteps > 0, let best = bestPrompt else { return [] }
        let episodes =
            switch options.promptChoice {
            case .best, .reference: [best]
            case .last: [prompts[prompts.count - 1]]
            case .random: prompts
            }
        return episodes.map { ending(of: $0, length: options.promptSteps) }
    }

    /// The reference's prompts are the worst in 2 of 16 rows.
    private static let rowsPerWorstPrompt = 8

    /// The steps T - P - 1 ... T - 2 of an episode of T steps; the first P of a shorter one.
    ///
    /// Source: the reference release, which takes T-6 ... T-2 for P = 5.
    private func ending(of episode: Int, length: Int) -> EpisodePiece {
        let steps = trajectories.steps(of: episode).count
        return piece(of: episode, from: max(steps - length - 1, 0), length: length)
    }

    private func piece(of episode: Int, from timestep: Int, length: Int) -> EpisodePiece {
        let steps = trajectories.steps(of: episode)
        return EpisodePiece(
            start: steps.lowerBound + timestep, count: min(length, steps.count - timestep), timestep: timestep)
    }

    /// The index of the training episode that the given step falls into, by bisection.
    private func lastStart(atMost step: Int) -> Int {
        var (low, high) = (0, training.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= step { low = middle } else { high = middle }
        }
        return low
    }
}
