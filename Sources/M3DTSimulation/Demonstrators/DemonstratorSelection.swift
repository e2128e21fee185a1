import M3DTRandom
import M3DTTasks

/// Chooses, out of the policies that searches came by, the demonstrators of each task.
public struct DemonstratorSelection {
    /// Labels below the best, and the part of the best's score that each is to come near to.
    static let levels: [(label: String, score: Double)] = [
        ("ars:good", 0.75), ("ars:middling", 0.5), ("ars:poor", 0.25),
    ]
    /// Episodes by which the candidates are compared.
    static let screeningEpisodes = 5
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
        let returns = try candidates.map { candidate in
            let returns = try self.returns(of: candidate, task, episodes: Self.screeningEpisodes, seed: 1)
            return returns.reduce(0, +) / Double(returns.count)
        }
        var left = candidates.indices.sorted { (-returns[$0], $0) < (-returns[$1], $1) }
        guard let best = left.first else { return [] }
        left.removeFirst()
        var chosen = [("ars:best", best)]
        let bestScore = Self.unlimitedScore(returns[best], task)
        for level in Self.levels {
            let wanted = level.score * bestScore
            let nearest = left.min {
                abs(Self.unlimitedScore(returns[$0], task) - wanted)
                    < abs(Self.unlimitedScore(returns[$1], task) - wanted)
            }
            guard let nearest else { break }
            left.removeAll { $0 == nearest }
            chosen.append((level.label, nearest))
        }
        return try chosen.map { label, index in try stored(candidates[index], label: label, task) }
    }

    private func stored(_ policy: LinearPolicy, label: String, _ task: TaskSpecification) throws -> StoredDemonstrator {
        let returns = try returns(of: policy, task, episodes: Self.finalEpisodes, seed: 2)
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
    /// Candidates for a task are the policies of its own search, and those of the searches that began from nothing.
    ///
    /// - Parameter onTask: Told of each task's demonstrators.
    /// - Throws: ``EnvironmentError`` where the simulation fails; an error of a state's file.
    public func select(
        team: WorkerTeam, onTask: (TaskSpecification, [StoredDemonstrator]) -> Void = { _, _ in }
    ) throws -> DemonstratorLibrary {
        let selection = DemonstratorSelection(factory: factory, team: team)
        var all: [StoredDemonstrator] = []
        for search in plan {
            for task in search.tasks {
                let sources = plan.filter { $0 == search || ($0.starts.isEmpty && $0.tasks[0].domain == task.domain) }
                let snapshots = try sources.flatMap { try record(of: $0.name)?.state.snapshots ?? [] }
                var seen: Set<LinearPolicy> = []
                let candidates = snapshots.map(\.policy).filter { seen.insert($0).inserted }
                let chosen = try selection.choose(for: task, from: candidates)
                onTask(task, chosen)
                all += chosen
            }
        }
        return DemonstratorLibrary(all)
    }
}
