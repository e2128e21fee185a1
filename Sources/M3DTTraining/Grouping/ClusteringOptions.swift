/// Which sizes the groups may have.
public enum GroupSizes: String, Codable, Sendable, CaseIterable {
    /// Any; the run with the least inertia is kept.
    case free
    /// Any; the run with the most even sizes is kept, as in the reference.
    case mostEven
    /// As even as can be: no two groups differ by more than one task.
    case balanced
}

/// How K-means is run.
public struct ClusteringOptions: Codable, Sendable, Equatable {
    /// Default: ``GroupSizes/free``.
    public var sizes = GroupSizes.free
    /// Runs from different beginnings. Default: 40, as in the reference.
    public var restarts = 40
    /// The most rounds of one run; nearly all settle much earlier.
    public var rounds = 100

    public init() {}

    /// - Throws: ``TrainingError/option(name:value:allowed:)`` for a number that is not positive.
    func validate() throws {
        for (name, value) in [("restarts", restarts), ("rounds", rounds)] where value < 1 {
            throw TrainingError.option(name: "clustering.\(name)", value: "\(value)", allowed: "at least 1")
        }
    }
}
