import M3DTTasks

/// An episode as it was played in a worker so far: enough to play it again in another one.
struct EpisodeTape {
    let request: ResetRequest
    private(set) var actions: [[Double]] = []
    /// Steps that were answered.
    private(set) var answered = 0
    /// What the last of them gave; the first observation, with reward 0, before the first step.
    private(set) var last: StepResult?
    /// The worker was lost in this episode once before.
    var wasLost = false

    init(_ request: ResetRequest) { self.request = request }

    var task: TaskSpecification { request.task }

    /// Nothing more will be asked of the episode.
    var isOver: Bool {
        last?.outcome.terminated == true || last?.outcome.truncated == true || answered >= task.episodeSteps
    }

    /// Notes the first observation.
    ///
    /// - Throws: ``EnvironmentError`` where it does not fit the task.
    mutating func begin(_ observation: [Double]) throws {
        let first = StepResult(observation: observation, outcome: StepOutcome(reward: 0))
        try check(first)
        last = first
    }

    /// Notes an action that is about to be played.
    ///
    /// - Throws: ``EnvironmentError`` where the action does not fit the task.
    mutating func act(_ action: [Double]) throws {
        guard last != nil else { throw error(.notReset) }
        guard action.count == task.actionWidth else {
            throw error(.actionWidth(expected: task.actionWidth, found: action.count))
        }
        if let index = action.firstIndex(where: { !$0.isFinite }) { throw error(.actionNotFinite(index: index)) }
        actions.append(action)
    }

    /// Notes what the next action gave.
    ///
    /// - Throws: ``EnvironmentError`` where it does not fit the task.
    mutating func note(_ result: StepResult) throws {
        try check(result)
        last = result
        answered += 1
    }

    /// Checks that this episode, played again, is at the point where another one was, if it has come as far.
    ///
    /// - Throws: ``EnvironmentError`` where it went another way: then nothing of it can be trusted.
    func check(against first: EpisodeTape) throws {
        guard let before = first.last, answered == first.answered else { return }
        guard before.observation == last?.observation else {
            throw error(
                .worker(
                    "the worker was lost, and in another one the same actions led elsewhere; let the environment "
                        + "take all its chances from the seed of reset"))
        }
    }

    /// - Throws: ``EnvironmentError`` where a number is not finite or the width is not the task's.
    private func check(_ result: StepResult) throws {
        guard result.observation.count == task.observationWidth else {
            throw error(.observationWidth(expected: task.observationWidth, found: result.observation.count))
        }
        if let index = result.observation.firstIndex(where: { !$0.isFinite }) {
            throw error(.stateNotFinite(what: "number \(index) of the observation"))
        }
        guard result.outcome.reward.isFinite else { throw error(.stateNotFinite(what: "the reward")) }
    }

    func error(_ cause: EnvironmentError.Cause) -> EnvironmentError {
        EnvironmentError(task: task.name, step: actions.count, seed: request.seed, cause: cause)
    }
}
