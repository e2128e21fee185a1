import M3DTRandom
import M3DTTasks

/// Which episodes an evaluation plays.
public struct EvaluationPlan: Sendable, Equatable {
    public var tasks: [TaskSpecification]
    public var seeds: [UInt64]
    /// Episodes of each task and seed. Default: as many as the task's protocol says.
    public var episodesPerTask: Int?

    /// - Precondition: `episodesPerTask` is positive, and no task and no seed is there twice.
    public init(tasks: [TaskSpecification], seeds: [UInt64] = [0], episodesPerTask: Int? = nil) {
        precondition(episodesPerTask ?? 1 >= 1, "an evaluation needs episodes, not \(episodesPerTask ?? 0)")
        precondition(Set(tasks.map(\.name)).count == tasks.count, "a task can be evaluated only once")
        precondition(Set(seeds).count == seeds.count, "a seed can be evaluated only once")
        self.tasks = tasks
        self.seeds = seeds
        self.episodesPerTask = episodesPerTask
    }

    /// How many episodes are played.
    public var episodeCount: Int { episodes.count }

    /// One episode that is to be played.
    struct Episode {
        let task: TaskSpecification
        let seed: UInt64
        let number: Int

        /// Where the environment and the policy take their chances from: a stream of its own for every seed, task and episode.
        var stream: RandomStream { RandomStream(seed: seed).split("evaluation").split(task.name).split(number) }

        /// How it is played.
        func request(source: String) -> EpisodeRequest {
            var stream = stream
            let seed = task.evaluationSeed(stream.next(), episode: number)
            return EpisodeRequest(task: task, seed: seed, policySeed: stream.next(), source: source)
        }
    }

    /// All episodes: task by task, then seed by seed.
    var episodes: [Episode] {
        tasks.flatMap { task in
            seeds.flatMap { seed in
                (0..<(episodesPerTask ?? task.evaluationEpisodes)).map { number in
                    Episode(task: task, seed: seed, number: number)
                }
            }
        }
    }
}
