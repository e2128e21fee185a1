// Shapes: S observation width, A action width.

import M3DTTasks

/// What is measured once over the episodes of a task.
public struct TaskStatistics: Codable, Sendable, Hashable {
    /// S: the mean of each observation column over the steps of the training episodes.
    public let observationMean: [Double]
    /// S: the root mean squared distance from the mean.
    public let observationDeviation: [Double]
    /// A: the least value of each action column over all episodes.
    public let actionMinimum: [Float]
    /// A: the greatest value of each action column over all episodes.
    public let actionMaximum: [Float]
    /// The returns of all episodes.
    public let returns: ReturnSummary
    /// The share of all episodes in which the goal was reached.
    public let successRate: Double

    /// Measures the trajectories of a task in two passes, so that no digits are lost to large means.
    public init(_ trajectories: TaskTrajectories) {
        let moments = ObservationMoments(trajectories, episodes: trajectories.episodes(.training))
        observationMean = moments.mean
        observationDeviation = moments.deviation
        (actionMinimum, actionMaximum) = trajectories.actionBounds()
        let episodes = 0..<trajectories.episodeCount
        returns = ReturnSummary(episodes.map { Double(trajectories.totalReturn(of: $0)) })
        successRate = Double(episodes.count(where: trajectories.succeeded)) / Double(max(episodes.count, 1))
    }

    /// How the task's observations are normalised under the given options.
    public func scaling(_ options: SamplerOptions) -> ObservationScaling {
        ObservationMoments(mean: observationMean, deviation: observationDeviation).scaling(options)
    }

    /// The return that a policy is asked for under the given rule.
    public func targetReturn(_ rule: TargetReturn, task: TaskSpecification) -> Double {
        switch rule {
        case .bestDecile: returns.bestDecile
        case .best: returns.maximum
        case .protocol: task.targetReturn
        }
    }
}

/// The mean and deviation of each observation column, in double precision.
struct ObservationMoments {
    let mean: [Double]
    let deviation: [Double]

    init(mean: [Double], deviation: [Double]) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Measures the steps of the given episodes.
    init(_ trajectories: TaskTrajectories, episodes: [Int]) {
        let steps = episodes.map(trajectories.steps)
        let count = Double(max(steps.reduce(0) { $0 + $1.count }, 1))
        let mean = trajectories.observationSums(over: steps) { value, _ in value }.map { $0 / count }
        let squares = trajectories.observationSums(over: steps) { value, column in
            (value - mean[column]) * (value - mean[column])
        }
        self.init(mean: mean, deviation: squares.map { ($0 / count).squareRoot() })
    }

    func scaling(_ options: SamplerOptions) -> ObservationScaling {
        ObservationScaling(
            mean: mean.map { Float($0) },
            deviation: deviation.map { max(Float($0), options.deviationFloor) },
            clip: options.clip)
    }
}

extension TaskTrajectories {
    /// Sums a function of each observation column over the given steps.
    fileprivate func observationSums(over steps: [Range<Int>], _ term: (Double, Int) -> Double) -> [Double] {
        let width = task.observationWidth
        var sums = [Double](repeating: 0, count: width)
        observations.withElements { values in
            for step in steps.joined() {
                for column in 0..<width {
                    sums[column] += term(Double(values[step * width + column]), column)
                }
            }
        }
        return sums
    }

    /// The least and greatest value of each action column.
    fileprivate func actionBounds() -> (minimum: [Float], maximum: [Float]) {
        let width = task.actionWidth
        var minimum = [Float](repeating: .infinity, count: width)
        var maximum = [Float](repeating: -.infinity, count: width)
        actions.withElements { values in
            for index in 0..<values.count {
                minimum[index % width] = min(minimum[index % width], values[index])
                maximum[index % width] = max(maximum[index % width], values[index])
            }
        }
        return (minimum, maximum)
    }
}
