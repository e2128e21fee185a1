import M3DTRandom
import M3DTTasks

/// Chooses, out of the policies that searches came by, the demonstrators of each task.
public struct DemonstratorSelection {
    /// From the best to the poorest, with the part of the best's score that each is to come near to.
    static let levels: [(label: String, score: Double)] = [
        ("ars:best", 1), ("ars:good", 0.75), ("ars:middling", 0.5), ("ars:poor", 0.25),
    ]
    /// Episodes by which all candidates are compared.
    static let screeningEpisodes = 6
    /// How many of the foremost candidates are compared again, to find the best, and by how many episodes.
    static let finalists = (count: 6, episodes: 24)
    /// Episodes, with other seeds, that give a demonstrator's stored return and score.
    static let finalEpisodes = 10

    private let factory: EnvironmentFactory
    private let team: WorkerTeam

    public init(factory: @escaping EnvironmentFactory, team: WorkerTeam) {
        self.factory = factory
        self.team = team
    }

    /// The demonstrators of one task.
    ///
    /// - Parameter candidates: Different policies, for this task or a similar one.
    /// - Throws: ``EnvironmentError`` where the simulation fails.
    public func choose(for task: TaskSpecification, from candidates: [LinearPolicy]) throws -> [StoredDemonstrator] {
        let returns = try candidates.map { try meanReturn($0, task, episodes: Self.screeningEpisodes, seed: 1) }
        let order = candidates.indices.sorted { (-returns[$0], $0) < (-returns[$1], $1) }
        let finalists = try order.prefix(Self.finalists.count).map { index in
            (index, try meanReturn(candidates[index], task, episodes: Self.finalists.episodes, seed: 2))
        }
        guard let best = finalists.max(by: { $0.1 < $1.1 }) else { return [] }
        var chosen = [best.0]
        let bestScore = Self.unlimitedScore(best.1, task)
        for level in Self.levels.dropFirst() {
            let nearest = order.filter { !chosen.contains($0) && returns[$0] < best.1 }.min {
                let (first, second) = (Self.unlimitedScore(returns[$0], task), Self.unlimitedScore(returns[$1], task))
                return abs(first - level.score * bestScore) < abs(second - level.score * bestScore)
            }
            if let nearest { chosen.append(nearest) }
        }
        return try labelled(chosen.map { candidates[$0] }, task)
    }

    /// Measures policies once more and labels them in the order of their returns.
    private func labelled(_ policies: [LinearPolicy], _ task: TaskSpecification) throws -> [StoredDemonstrator] {
        let measured = try policies.map { try stored($0, label: "", task) }
        let order = measured.indices.sorted { (-measured[$0].meanReturn, $0) < (-measured[$1].meanReturn, $1) }
        return zip(order, Self.levels).map { index, level in
            var demonstrator = measured[index]
            demonstrator.label = level.label
            return demonstrator
        }
    }

    private func meanReturn(
        _ policy: LinearPolicy, _ task: TaskSpecification, episodes: Int, seed: UInt64
    ) throws -> Double {
        try returns(of: policy, task, episodes: episodes, seed: seed).reduce(0, +) / Double(episodes)
    }

    private func stored(_ policy: LinearPolicy, label: String, _ task: TaskSpecification) throws -> StoredDemonstrator {
        let returns = try returns(of: policy, task, episodes: Self.finalEpisodes, seed: 3)
        let scores = returns.map { task.score.score(episodeReturn: $0, succeeded: false) }
        return StoredDemonstrator(
            task: task.name, label: label, meanReturn: returns.reduce(0, +) / Double(returns.count),
            meanScore: scores.reduce(0, +) / Double(scores.count), policy: policy)
    }

    private func returns(
        of policy: LinearPolicy, _ task: TaskSpecification, episodes: Int, seed: UInt64
    ) throws -> [Double] {
        let problem = try ARSProblem(tasks: [task], factory: factory)
        let root = RandomStream(seed: seed).split("demonstrator-selection")
        return try team.map(episodes) { episode, _ in
            var random = root.split(episode)
            return try ARSStage(problem: problem).play(policy, task: 0, seed: random.next()).taskReturn
        }
    }

    /// The score without its limits, so that levels beyond 100 and below 0 can be told apart.
    private static func unlimitedScore(_ episodeReturn: Double, _ task: TaskSpecification) -> Double {
        guard case .linear(let offset, let range) = task.score else { return episodeReturn }
        return 100 * (episodeReturn + offset) / range
    }
}

extension DemonstratorTraining {
    /// Chooses the demonstrators of all tasks of the plan out of what its searches came by.
    ///
    /// Candidates for a task are what its own searches and those that began from nothing came by, and the best of all
    /// searches for tasks of its family, which are those with goals in its domain.
    ///
    /// - Parameter onTask: Told of each task's demonstrators.
    /// - Throws: ``EnvironmentError`` where the simulation fails; an error of a state's file.
    public func select(
        team: WorkerTeam, onTask: (TaskSpecification, [StoredDemonstrator]) -> Void = { _, _ in }
    ) throws -> DemonstratorLibrary {
        let selection = DemonstratorSelection(factory: factory, team: team)
        let states = try plan.map { try record(of: $0.name)?.state }
        var all: [StoredDemonstrator] = []
        var done: Set<TaskSpecification> = []
        for task in plan.flatMap(\.tasks) where done.insert(task).inserted {
            var seen: Set<LinearPolicy> = []
            let candidates = zip(plan, states).filter { $0.0.serves(task) }
                .flatMap { search, state in
                    let whole = search.starts.isEmpty || search.tasks.contains(task)
                    return (whole ? state?.snapshots : state?.best.map { [$0] }) ?? []
                }
                .map(\.policy).filter { seen.insert($0).inserted }
            let chosen = try selection.choose(for: task, from: candidates)
            onTask(task, chosen)
            all += chosen
        }
        return DemonstratorLibrary(all)
    }
}

extension DemonstratorTraining.Search {
    /// Whether what this search came by may play a task.
    fileprivate func serves(_ task: TaskSpecification) -> Bool {
        tasks.contains(task) || (task.goal != nil && tasks[0].goal != nil && tasks[0].domain == task.domain)
    }
}
