import M3DTTraining

/// When a stage ends.
public struct StopSection: Codable, Sendable, Equatable {
    /// What ends a stage.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// Its number of steps.
        case fixed
        /// The peak of the conflict between its tasks, which `conflictEvery` measures; its number of steps at the latest.
        case conflictPeak
    }

    /// Default: the number of steps.
    public var rule: Rule
    /// Measurements of conflict that are averaged. Default: 5.
    public var window: Int
    /// Measurements that the highest average must be old. Default: 4.
    public var patience: Int

    public init(
        rule: Rule = .fixed, window: Int = ConflictStop().window, patience: Int = ConflictStop().patience
    ) {
        (self.rule, self.window, self.patience) = (rule, window, patience)
    }

    var options: ConflictStop? {
        guard rule == .conflictPeak else { return nil }
        var options = ConflictStop()
        (options.window, options.patience) = (window, patience)
        return options
    }
}
