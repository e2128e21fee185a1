import M3DTData
import M3DTRanks
import M3DTTensor

/// Computes gradients of batches whose rows the ranks share out evenly.
///
/// The loss is a mean over all numbers that a batch predicts, so that of the whole batch is the sum of its parts', each weighed by its share
/// of these numbers. Dropout takes away from a row what it would in one process. What comes out is what one process computes, but
/// for rounding.
final class BatchGradient {
    private let stage: any Trainable
    private let parameters: FlatParameters
    private let ranks: any RankGroup
    /// The gradients on their way between ranks.
    private var buffer: [Float] = []

    init(_ stage: any Trainable, _ parameters: FlatParameters, _ ranks: any RankGroup) {
        self.stage = stage
        self.parameters = parameters
        self.ranks = ranks
    }

    /// Puts the gradient of a batch into the flat buffer, where there are zeros; it is the same on all ranks then.
    ///
    /// - Returns: The loss of the batch, of each part of the stage.
    /// - Throws: `TensorError` where the batch does not fit the model, `RankError` where another rank cannot be reached.
    func compute(_ batch: Batch, _ pass: StagePass) throws -> [Double] {
        let own = batch.rows(ranks.rows(of: batch.shape.rows))
        let share = Double(own.predictedCount) / Double(batch.predictedCount)
        let loss = try stage.loss(own.tensors(on: stage.device), pass) * share
        try loss.total().backward()
        try sumGradients()
        let losses: [Float] = try loss.elements()
        return try losses.map { try ranks.sum(Double($0)) }
    }

    private func sumGradients() throws {
        guard ranks.count > 1 else { return }
        let gradients = parameters.gradients
        if buffer.isEmpty { buffer = Array(repeating: 0, count: gradients.count) }
        try buffer.withUnsafeMutableBufferPointer { buffer in
            try gradients.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            try ranks.sum(buffer)
        }
        try gradients.assign(.of(buffer, shape: [buffer.count], device: gradients.device))
    }
}

extension RankGroup {
    /// Which part of a batch this rank takes.
    var part: BatchPart { BatchPart(index: rank, count: count) }

    /// Checks that the ranks can share batches of a stage.
    ///
    /// - Throws: ``TrainingError/unevenRows(rows:ranks:)``, ``TrainingError/boundRows(stage:ranks:)`` or
    ///   ``TrainingError/option(name:value:allowed:)``.
    func check(canShare rows: Int, of stage: any Trainable) throws {
        guard rows.isMultiple(of: count) else { throw TrainingError.unevenRows(rows: rows, ranks: count) }
        guard count == 1 || stage.parts.count == 1 else {
            throw TrainingError.option(
                name: "experts.together", value: "\(stage.parts.count)",
                allowed: "1 where ranks share the rows of a batch")
        }
        guard count == 1 || stage.rowsAreIndependent else {
            throw TrainingError.boundRows(stage: stage.name, ranks: count)
        }
    }

    /// The rows that this rank takes of so many.
    func rows(of rows: Int) -> Range<Int> { rank * (rows / count)..<(rank + 1) * (rows / count) }
}

extension Tensor {
    /// The sum of the losses of all parts.
    func total() throws -> Tensor { rank == 0 ? self : try sum() }
}
