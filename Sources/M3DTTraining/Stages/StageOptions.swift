import M3DTData
import M3DTTensor

/// How one stage is trained.
///
/// Source: the paper's table of the three stages; the defaults are its numbers.
public struct StageOptions: Codable, Sendable, Equatable {
    /// Optimiser steps of the stage. The paper: 400,000 for backbone and routers, 200,000 for each expert.
    public var steps: Int
    /// The rate after the warm-up. Default: 1e-4.
    public var learningRate = 1e-4
    /// Steps over which the rate rises linearly. Default: 10,000.
    public var warmUpSteps = 10_000
    /// Default: weight decay 1e-4, gradient norm limited to 0.25.
    public var optimizer = AdamWSettings()
    /// Default: bfloat16 where the processor has it, else float32; weights and optimiser are float32 in any case.
    public var precision = Precision.preferred(on: .cpu)
    /// What fresh weights and dropout are drawn from.
    public var seed: UInt64 = 0
    /// Which tasks the rows of a step come from. Default: one task a step, in turn.
    public var order = TaskSchedule.Order.inTurn
    /// Dropout stays on in parts that are not trained, as in the reference. Default: off, which makes their output exact.
    public var dropoutInFrozenParts = false

    /// Steps between two records of the metrics.
    public var logEvery = 100
    /// Steps between two checkpoints.
    public var checkpointEvery = 5_000
    /// Steps between two measurements of gradient conflict; 0 for never.
    public var conflictEvery = 0
    /// Batches of each task that its gradient is averaged over, for conflict.
    public var conflictBatches = 1
    /// Ends the stage where gradient conflict has peaked, at ``steps`` at the latest; needs ``conflictEvery``. Default: never.
    public var stop: ConflictStop?
    /// Also record the mean gradient norm of each task, `training/<task>_gradient_norm`.
    public var recordTaskGradientNorms = false

    public init(steps: Int) {
        self.steps = steps
    }

    /// Checks that every option is in its range.
    ///
    /// - Throws: ``TrainingError/option(name:value:allowed:)`` for the first that is not.
    public func validate() throws {
        for (name, value, least) in [
            ("steps", steps, 1), ("warmUpSteps", warmUpSteps, 0), ("logEvery", logEvery, 1),
            ("checkpointEvery", checkpointEvery, 1), ("conflictEvery", conflictEvery, 0),
            ("conflictBatches", conflictBatches, 1),
        ] where value < least {
            throw TrainingError.option(name: name, value: "\(value)", allowed: "at least \(least)")
        }
        try stop?.validate()
        guard stop == nil || conflictEvery > 0 else {
            throw TrainingError.option(
                name: "conflictEvery", value: "0", allowed: "at least 1 where a stage stops at the conflict peak")
        }
        for (name, value) in [
            ("learningRate", learningRate), ("optimizer.epsilon", optimizer.epsilon),
            ("optimizer.gradientNormLimit", optimizer.gradientNormLimit),
        ] where !(value > 0 && value.isFinite) {
            throw TrainingError.option(name: name, value: "\(value)", allowed: "a positive number")
        }
        for (name, value) in [("optimizer.beta1", optimizer.beta1), ("optimizer.beta2", optimizer.beta2)]
        where !(0..<1).contains(value) {
            throw TrainingError.option(name: name, value: "\(value)", allowed: "at least 0 and below 1")
        }
        guard optimizer.weightDecay >= 0, optimizer.weightDecay.isFinite else {
            throw TrainingError.option(
                name: "optimizer.weightDecay", value: "\(optimizer.weightDecay)", allowed: "zero or a positive number")
        }
    }

    /// Checks that a stage of so many parts can be trained with these options: only one part's gradients are measured task by task.
    ///
    /// - Throws: ``TrainingError/option(name:value:allowed:)``.
    func check(canTrain parts: Int) throws {
        let measured = [
            ("conflictEvery", "\(conflictEvery)", "0", conflictEvery > 0),
            ("recordTaskGradientNorms", "true", "false", recordTaskGradientNorms),
        ]
        for (name, value, allowed, isOn) in measured where parts > 1 && isOn {
            throw TrainingError.option(
                name: name, value: value, allowed: "\(allowed) where experts are trained together")
        }
    }

    var warmUp: WarmUp { WarmUp(learningRate: learningRate, steps: warmUpSteps) }
}
