/// What has been measured since the last record; part of a checkpoint, so that no step is lost or counted twice.
struct MetricsWindow: Codable, Equatable {
    /// For each step one of each part of the stage.
    private(set) var losses: [Double] = []
    /// Likewise.
    private(set) var gradientNorms: [Double] = []
    private(set) var taskGradientNorms: [String: [Double]] = [:]
    var seconds = 0.0
    var waitingSeconds = 0.0

    /// Adds a step.
    ///
    /// - Parameter task: The task of all rows, where they come from one.
    mutating func add(losses: [Double], gradientNorms: [Double], task: String?) {
        self.losses += losses
        self.gradientNorms += gradientNorms
        if let task { taskGradientNorms[task, default: []] += gradientNorms }
    }

    /// What was measured of one of the parts; each has its share of the time.
    ///
    /// - Precondition: At least one step was added.
    func values(ofPart part: Int = 0, of parts: Int = 1, learningRate: Double) -> [String: Double] {
        let losses = losses.every(parts, from: part)
        let gradientNorms = gradientNorms.every(parts, from: part)
        let seconds = seconds / Double(parts)
        var values = [
            "training/train_loss_mean": losses.mean,
            "training/train_loss_std": losses.deviation,
            "training/action_error": losses[losses.count - 1],
            "training/gradient_norm": gradientNorms.mean,
            "training/learning_rate": learningRate,
        ]
        if seconds > 0 {
            values["speed/steps_per_second"] = Double(losses.count) / seconds
            values["speed/data_wait_share"] = waitingSeconds / self.seconds
        }
        for (task, norms) in taskGradientNorms { values["training/\(task)_gradient_norm"] = norms.mean }
        return values
    }
}

extension [Double] {
    fileprivate func every(_ stride: Int, from first: Int) -> [Double] {
        Swift.stride(from: first, to: count, by: stride).map { self[$0] }
    }

    fileprivate var mean: Double { reduce(0, +) / Double(count) }

    /// The root mean squared distance from the mean.
    fileprivate var deviation: Double {
        let mean = mean
        return map { ($0 - mean) * ($0 - mean) }.mean.squareRoot()
    }
}
