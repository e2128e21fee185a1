/// Which of the collected episodes become prompts, and how many.
public struct PromptSelection: Codable, Sendable, Hashable {
    /// What makes an episode a prompt.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// The episodes with the highest return; of equals, the ones recorded first.
        case best
        /// The episodes recorded last, as in the reference's data.
        case last
        /// The episodes that were recorded as prompts, however many.
        case given
    }

    public var rule: Rule
    /// Prompt episodes of each task; 0 for data that is never prompted with. Of no account where prompts are given.
    public var episodes: Int

    /// - Parameters:
    ///   - rule: Default: the best, since a prompt shows how the task is meant to be done.
    ///   - episodes: Default: 2, as in the reference.
    public init(rule: Rule = .best, episodes: Int = 2) {
        self.rule = rule
        self.episodes = episodes
    }

    /// The role of each episode, given the returns and which were recorded as prompts, in the order of recording.
    func roles(returns: [Double], given: [Bool] = []) -> [EpisodeRole] {
        let order: [Int] =
            switch rule {
            case .best: returns.indices.sorted { (-returns[$0], $0) < (-returns[$1], $1) }
            case .last: returns.indices.reversed()
            case .given: given.indices.filter { given[$0] }
            }
        let episodes = rule == .given ? order.count : episodes
        var roles = [EpisodeRole](repeating: .training, count: returns.count)
        for episode in order.prefix(episodes) { roles[episode] = .prompt }
        return roles
    }
}
