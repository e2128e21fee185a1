/// When a stage ends before its last step: once the conflict between its tasks has peaked.
///
/// Source: the paper, which stops its backbone by hand where the conflict has peaked.
public struct ConflictStop: Codable, Sendable, Equatable {
    /// Measurements that the conflict is averaged over. Default: 5.
    public var window = 5
    /// Measurements that the highest average must be old. Default: 4.
    public var patience = 4

    public init() {}

    /// - Throws: ``TrainingError/option(name:value:allowed:)`` for a number that is not positive.
    func validate() throws {
        for (name, value) in [("window", window), ("patience", patience)] where value < 1 {
            throw TrainingError.option(name: "stop.\(name)", value: "\(value)", allowed: "at least 1")
        }
    }
}

/// Where the averaged conflict of a stage was highest so far; part of a checkpoint.
///
/// Conflict is the mean cosine of all pairs of tasks' gradients in the feed-forward networks, with its sign turned.
struct ConflictPeak: Codable, Equatable {
    /// The last measurements, at most a window of them.
    private(set) var recent: [Double] = []
    /// The mean of a full window; nothing before there is one.
    private(set) var average: Double?
    private(set) var highest: Double?
    /// The step of the last measurement of the highest average.
    private(set) var step = 0
    /// Measurements since the highest average.
    private(set) var age = 0

    /// Takes in a measurement.
    mutating func add(_ conflict: Double, step: Int, rule: ConflictStop) {
        recent = Array((recent + [conflict]).suffix(rule.window))
        guard recent.count == rule.window else { return }
        let average = recent.reduce(0, +) / Double(recent.count)
        self.average = average
        if let highest, average <= highest {
            age += 1
        } else {
            (highest, self.step, age) = (average, step, 0)
        }
    }

    /// The highest average is so old that the stage is done.
    func hasPassed(_ rule: ConflictStop) -> Bool { age >= rule.patience }
}

/// How a stage with a ``ConflictStop`` ended.
public struct StageEnd: Codable, Sendable, Equatable {
    /// Optimiser steps taken.
    public let step: Int
    /// The step of the highest averaged conflict; nothing where there was no full window.
    public let peakStep: Int?
    /// The stage ended by its rule, not by its number of steps.
    public let isByRule: Bool
}
