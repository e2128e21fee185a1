/// How an episode becomes a normalised score between 0 and 100.
///
/// Source: the evaluation protocol of the reference release.
public enum ScoreRule: Codable, Sendable, Hashable {
    /// 100 (return + `offset`) / `range`, clamped to 0 ... 100.
    case linear(offset: Double, range: Double)
    /// 100 for an episode that succeeded at any step, else 0.
    case success

    /// The normalised score of one episode.
    public func score(episodeReturn: Double, succeeded: Bool) -> Double {
        switch self {
        case .linear(let offset, let range): min(max(100 * (episodeReturn + offset) / range, 0), 100)
        case .success: succeeded ? 100 : 0
        }
    }
}
