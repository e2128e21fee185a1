import M3DTTasks

/// What is kept of each episode beside its steps, in the order of recording.
struct EpisodeTable {
    private(set) var sources: [String] = []
    private(set) var offsets: [Int64] = [0]
    private(set) var terminated: [UInt8] = []
    private(set) var sourceIndices: [Int32] = []
    private(set) var seeds: [Int64] = []
    private(set) var roles: [UInt8] = []
    private var returns: [Double] = []
    private var givenPrompts: [Bool] = []

    var episodeCount: Int { terminated.count }
    var stepCount: Int { Int(offsets[episodeCount]) }

    init() {}

    /// - Throws: ``DataError`` where too few episodes are left to train on.
    init(task: String, _ trajectories: [Trajectory], prompts: PromptSelection, given: [Bool] = []) throws {
        for (index, trajectory) in trajectories.enumerated() {
            append(trajectory, isPrompt: given.indices.contains(index) && given[index])
        }
        try assignRoles(task: task, prompts)
    }

    mutating func append(_ trajectory: Trajectory, isPrompt: Bool = false) {
        givenPrompts.append(isPrompt)
        offsets.append(Int64(stepCount + trajectory.steps))
        terminated.append(trajectory.terminated ? 1 : 0)
        seeds.append(trajectory.seed.map { Int64(bitPattern: $0) } ?? -1)
        returns.append(trajectory.totalReturn)
        if !sources.contains(trajectory.source) { sources.append(trajectory.source) }
        sourceIndices.append(Int32(sources.firstIndex(of: trajectory.source) ?? 0))
    }

    /// Decides which episodes become prompts, once all are there.
    ///
    /// - Throws: ``DataError`` where no episode would be left to train on.
    mutating func assignRoles(task: String, _ prompts: PromptSelection) throws {
        let wanted = prompts.rule == .given ? givenPrompts.count(where: \.self) : prompts.episodes
        guard episodeCount > wanted else {
            throw DataError(.tooFewEpisodes(found: episodeCount, prompts: wanted), task: task)
        }
        roles = prompts.roles(returns: returns, given: givenPrompts).map(\.rawValue)
    }
}
