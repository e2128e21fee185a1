import M3DTTasks

/// The episodes of an evaluation: those under way, one in each slot, those to come and those that have ended.
struct EvaluationRound {
    private struct Running {
        /// The episode's place among all.
        let index: Int
        var observation: [Double]
        var reward = 0.0
        var episodeReturn = 0.0
        var succeeded = false
        var steps = 0
    }

    private let episodes: [EvaluationPlan.Episode]
    private let method: String
    private var running: [Running?]
    private var next = 0
    private var rows: [EvaluationRow?]
    private var finished = 0
    private var steps = 0

    init(_ episodes: [EvaluationPlan.Episode], method: String, slots: Int) {
        self.episodes = episodes
        self.method = method
        running = [Running?](repeating: nil, count: slots)
        rows = [EvaluationRow?](repeating: nil, count: episodes.count)
    }

    var isFinished: Bool { finished == episodes.count }

    /// All rows, in the order of the plan.
    var orderedRows: [EvaluationRow] { rows.compactMap(\.self) }

    func progress(with newRows: [EvaluationRow]) -> EvaluationProgress {
        EvaluationProgress(
            finishedEpisodes: finished, episodes: episodes.count, steps: steps, newRows: newRows)
    }

    /// Starts the next episodes in the slots that are free.
    mutating func fill(_ policy: any Policy, _ environments: any EnvironmentBatch) throws {
        var requests: [ResetRequest] = []
        var indices: [Int] = []
        for slot in running.indices where running[slot] == nil && next < episodes.count {
            let episode = episodes[next]
            var stream = episode.stream
            let seed = episode.task.evaluationSeed(stream.next(), episode: episode.number)
            requests.append(ResetRequest(slot: slot, task: episode.task, seed: seed))
            try policy.begin(slot: slot, task: episode.task, seed: stream.next())
            indices.append(next)
            next += 1
        }
        if requests.isEmpty { return }
        let observations = try environments.reset(requests)
        for (position, request) in requests.enumerated() {
            running[request.slot] = Running(index: indices[position], observation: observations[position])
        }
    }

    /// Advances every episode under way by one step, and returns the rows of those that end with it.
    mutating func step(_ policy: any Policy, _ environments: any EnvironmentBatch) throws -> [EvaluationRow] {
        let slots = running.indices.filter { running[$0] != nil }
        let actions = try policy.act(
            slots.map { slot in
                ActionRequest(slot: slot, observation: running[slot]!.observation, reward: running[slot]!.reward)
            })
        let results = try environments.step(zip(slots, actions).map { StepRequest(slot: $0, action: $1) })
        steps += slots.count
        return zip(slots, results).compactMap { slot, result in note(result, slot: slot) }
    }

    /// Adds up what a step gave; a row where it was the episode's last.
    private mutating func note(_ result: StepResult, slot: Int) -> EvaluationRow? {
        var now = running[slot]!
        now.observation = result.observation
        now.reward = result.outcome.reward
        now.episodeReturn += result.outcome.reward
        now.succeeded = now.succeeded || result.outcome.succeeded
        now.steps += 1
        let episode = episodes[now.index]
        guard result.outcome.isLast || now.steps >= episode.task.episodeSteps else {
            running[slot] = now
            return nil
        }
        running[slot] = nil
        finished += 1
        let row = EvaluationRow(
            method: method, task: episode.task.name, domain: episode.task.domain, seed: episode.seed,
            episode: episode.number, episodeReturn: now.episodeReturn, succeeded: now.succeeded,
            score: episode.task.score.score(episodeReturn: now.episodeReturn, succeeded: now.succeeded),
            steps: now.steps)
        rows[now.index] = row
        return row
    }
}
