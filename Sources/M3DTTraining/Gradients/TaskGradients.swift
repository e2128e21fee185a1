import M3DTRanks
import M3DTTensor

/// Measures the mean gradient of single tasks at the present weights, without dropout; ranks share each batch.
struct TaskGradients {
    let stage: any Trainable
    let parameters: FlatParameters
    let source: any BatchSource
    /// The number of the first batch.
    let first: Int
    let batches: Int
    let precision: Precision
    /// The gradient of a batch whose norm is larger is scaled down to it; nothing for no limit.
    let normLimit: Double?
    private let batchGradient: BatchGradient

    init(
        _ stage: any Trainable, _ parameters: FlatParameters, _ source: any BatchSource,
        _ ranks: any RankGroup = OneProcess(), first: Int = 0, batches: Int, precision: Precision,
        normLimit: Double? = nil
    ) {
        self.stage = stage
        self.parameters = parameters
        self.source = source
        self.first = first
        self.batches = batches
        self.precision = precision
        self.normLimit = normLimit
        batchGradient = BatchGradient(stage, parameters, ranks)
    }

    /// The mean over some batches that training does not draw, as long as the flat parameters; leaves no gradients behind.
    ///
    /// - Throws: ``TrainingError/gradientNotFinite(stage:step:tasks:)`` naming the task and the batch.
    func gradient(of task: Int) throws -> Tensor {
        let sum = try Tensor.zeros([parameters.count], device: stage.device)
        for index in 0..<batches {
            try parameters.zeroGradients()
            let rows = Array(repeating: task, count: source.shape.rows)
            let batch = source.batch(step: BatchNumbers.measurement(first + index), tasks: rows)
            _ = try stage.withWeights(of: [task], in: parameters) {
                try batchGradient.compute(batch, StagePass(precision: precision))
            }
            let norm = try parameters.gradients.euclideanNorm()
            guard norm.isFinite else {
                throw TrainingError.gradientNotFinite(
                    stage: stage.name, step: index, tasks: [source.tasks[task].name])
            }
            let factor = normLimit.map { min(1, $0 / (norm + 1e-6)) } ?? 1
            try sum.accumulate(parameters.gradients, factor: factor / Double(batches))
        }
        try parameters.zeroGradients()
        return sum
    }
}
