import M3DTEvaluation
import M3DTModel
import M3DTSimulation
import M3DTTasks
import M3DTTensor

// Acting and evaluating.
extension Benchmark {
    /// Acts from the middle of an episode on, where the context is full.
    func act(_ rounds: Rounds, cache: ActingOptions.Cache) throws {
        let work = rounds.result.work
        let task = SyntheticData.tasks(1, model)[0]
        let untrained = try policy(for: task, rounds)
        let policy = SequencePolicy(untrained, slots: work.rows)
        let observation = [Double](repeating: 0.1, count: model.stateWidth)
        let requests = (0..<work.rows).map { ActionRequest(slot: $0, observation: observation, reward: 0) }
        for slot in 0..<work.rows { try policy.begin(slot: slot, task: task, seed: 0) }
        for _ in 0..<model.contextSteps { _ = try policy.act(requests) }
        try untrained.act(with: ActingOptions(cache: cache))
        for _ in 0..<Self.warmUp { _ = try policy.act(requests) }
        try rounds.play { _ = try policy.act(requests) }
    }

    /// Evaluates in a real simulation, and looks at the clock where contexts are full.
    func evaluate(_ rounds: Rounds, cache: ActingOptions.Cache) throws {
        let rows = rounds.result.work.rows
        let task = try TaskRegistry.standard.task(named: "cheetah-vel-12")
        let untrained = try policy(for: task, rounds)
        let watched = WatchedPolicy(
            SequencePolicy(untrained, slots: rows), rounds, context: model.contextSteps, episode: task.episodeSteps)
        watched.onceFull = { try untrained.act(with: ActingOptions(cache: cache)) }
        let plan = EvaluationPlan(tasks: [task], episodesPerTask: 100 * rows)
        _ = try Evaluator(plan, method: "untrained").rows(of: watched, in: NativeEnvironments().batch(slots: rows))
    }

    /// An untrained policy with experts; its cache rolls, since contexts are full sooner so.
    private func policy(for task: TaskSpecification, _ rounds: Rounds) throws -> M3DTPolicy {
        let profile = try SyntheticData.sampler([task], model, rows: 1).profile(task: 0)
        let description = PolicyDescription(
            method: "synthetic", model: model,
            mixture: MixtureConfiguration(experts: rounds.result.work.experts),
            precision: rounds.result.precision, tasks: [profile])
        let policy = try M3DTPolicy(untrained: description, device: device)
        try policy.act(with: ActingOptions(cache: .rolling))
        return policy
    }
}

/// Passes actions on, and times from one call to the next: the policy and the simulation.
private final class WatchedPolicy: Policy {
    /// Called before the first action with a full context.
    var onceFull: () throws -> Void = {}
    private let policy: any Policy
    private let rounds: Rounds
    private let context: Int
    private let episode: Int
    private let clock = ContinuousClock()
    private var calls = 0
    private var last: ContinuousClock.Instant?

    init(_ policy: any Policy, _ rounds: Rounds, context: Int, episode: Int) {
        (self.policy, self.rounds, self.context, self.episode) = (policy, rounds, context, episode)
    }

    /// - Throws: Where the policy does not know the task.
    func begin(slot: Int, task: TaskSpecification, seed: UInt64) throws {
        try policy.begin(slot: slot, task: task, seed: seed)
    }

    /// - Throws: ``Rounds/Enough``, and what the policy throws.
    func act(_ requests: [ActionRequest]) throws -> [[Double]] {
        if calls == context { try onceFull() }
        // All slots begin their episodes together, since all episodes have the same steps.
        if let last, calls > context + Benchmark.warmUp, calls % episode > context {
            try rounds.note(milliseconds: 1000 * (clock.now - last).inSeconds / Double(requests.count))
        }
        calls += 1
        last = clock.now
        return try policy.act(requests)
    }
}
