/// What has been measured since the last record; part of a checkpoint, so that no step is lost or counted twice.
struct MetricsWindow: Codable, Equatable {
    private(set) var losses: [Double] = []
    private(set) var gradientNorms: [Double] = []
    private(set) var taskGradientNorms: [String: [Double]] = [:]
    var seconds = 0.0
    var waitingSeconds = 0.0

    /// - Parameter task: The task of all rows, where they come from one.
    mutating func add(loss: Double, gradientNorm: Double, task: String?) {
        losses.append(loss)
        gradientNorms.append(gradientNorm)
        if let task { taskGradientNorms[task, default: []].append(gradientNorm) }
    }

    /// - Precondition: At least one step was added.
    func values(learningRate: Double) -> [String: Double] {
        var values = [
            "training/train_loss_mean": losses.mean,
            "training/train_loss_std": losses.deviation,
            "training/action_error": losses[losses.count - 1],
            "training/gradient_norm": gradientNorms.mean,
            "training/learning_rate": learningRate,
        ]
        if seconds > 0 {
            values["speed/steps_per_second"] = Double(losses.count) / seconds
            values["speed/data_wait_share"] = waitingSeconds / seconds
        }
        for (task, norms) in taskGradientNorms { values["training/\(task)_gradient_norm"] = norms.mean }
        return values
    }
}

extension [Double] {
    fileprivate var mean: Double { reduce(0, +) / Double(count) }

    /// The root mean squared distance from the mean.
    fileprivate var deviation: Double {
        let mean = mean
        return map { ($0 - mean) * ($0 - mean) }.mean.squareRoot()
    }
}
