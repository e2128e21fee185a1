/// A demonstrator of one task as it ships with the package.
public struct StoredDemonstrator: Sendable, Hashable {
    public let task: String
    /// Who it is, such as `ars:best`; trajectories carry it as their source.
    public internal(set) var label: String
    /// Its mean return when it was stored, without action noise.
    public let meanReturn: Double
    /// Its mean normalised score in the same episodes.
    public let meanScore: Double
    public let policy: LinearPolicy

    public init(task: String, label: String, meanReturn: Double, meanScore: Double, policy: LinearPolicy) {
        self.task = task
        self.label = label
        self.meanReturn = meanReturn
        self.meanScore = meanScore
        self.policy = policy
    }
}
