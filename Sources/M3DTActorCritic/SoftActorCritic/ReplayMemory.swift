import M3DTRandom

/// Steps drawn from a memory. Shapes: B rows, F numbers in an observation, A in an action; row-major.
struct ReplayBatch: Equatable {
    /// B x F.
    var observations: [Float] = []
    /// B x A.
    var actions: [Float] = []
    /// B: the discounted sum of the rewards up to the next observation.
    var rewards: [Float] = []
    /// B x F: the observation some steps later.
    var nextObservations: [Float] = []
    /// B: what the value there counts; 0 where the task ended the episode.
    var discounts: [Float] = []
}

/// The last episodes that were played.
struct ReplayMemory {
    let featureWidth: Int
    let actionWidth: Int
    let capacity: Int
    /// From the oldest to the newest, all of at least one step.
    private(set) var episodes: [PlayedEpisode] = []

    init(featureWidth: Int, actionWidth: Int, capacity: Int) {
        (self.featureWidth, self.actionWidth, self.capacity) = (featureWidth, actionWidth, capacity)
    }

    mutating func add(_ new: [PlayedEpisode]) {
        episodes += new
        episodes.removeFirst(max(episodes.count - capacity, 0))
    }

    /// Draws steps, all equally likely where episodes are equally long.
    func draw(_ count: Int, returnSteps: Int, discount: Double, random: inout RandomStream) -> ReplayBatch {
        var batch = ReplayBatch()
        batch.observations.reserveCapacity(count * featureWidth)
        batch.nextObservations.reserveCapacity(count * featureWidth)
        batch.actions.reserveCapacity(count * actionWidth)
        for _ in 0..<count {
            let episode = random.index(below: episodes.count)
            let step = random.index(below: episodes[episode].rewards.count)
            append(episode, step, returnSteps, discount, to: &batch)
        }
        return batch
    }

    private func append(
        _ index: Int, _ step: Int, _ returnSteps: Int, _ discount: Double, to batch: inout ReplayBatch
    ) {
        let end = min(step + returnSteps, episodes[index].rewards.count)
        var (sum, weight) = (0.0, 1.0)
        for i in step..<end {
            sum += weight * Double(episodes[index].rewards[i])
            weight *= discount
        }
        let ended = episodes[index].terminated && end == episodes[index].rewards.count
        batch.rewards.append(Float(sum))
        batch.discounts.append(ended ? 0 : Float(weight))
        batch.actions += episodes[index].actions[step * actionWidth..<(step + 1) * actionWidth]
        batch.observations += episodes[index].observations[step * featureWidth..<(step + 1) * featureWidth]
        batch.nextObservations += episodes[index].observations[end * featureWidth..<(end + 1) * featureWidth]
    }
}
