// Shapes: T tasks, P weights.

import M3DTModel
import M3DTRanks
import M3DTTensor

/// How agreement vectors are measured.
public struct AgreementOptions: Codable, Sendable, Equatable {
    /// Batches of each task. Default: 10, the reference's.
    public var batches = 10
    /// The gradient of a batch whose norm is larger is scaled down to it. Default: 0.25, the reference's.
    public var gradientNormLimit = 0.25
    /// Default: bfloat16 where the processor has it, else float32.
    public var precision = Precision.preferred(on: .cpu)
    /// Bytes of gradients held at once; with less than all tasks need, some are computed several times. Default: 4 GiB.
    public var memoryBytes = GramMatrix.defaultMemory

    /// Numbers that each agreement vector is projected onto; nothing to keep it whole. Default: nothing.
    ///
    /// With it, memory does not grow with tasks times weights, and each gradient is computed twice.
    public var sketch: Int?
    /// What a sketch's projection is drawn from.
    public var seed: UInt64 = 0

    public init() {}

    /// - Throws: ``TrainingError/option(name:value:allowed:)`` for the first option that is out of range.
    func validate() throws {
        for (name, value) in [("batches", batches), ("memoryBytes", memoryBytes)] where value < 1 {
            throw TrainingError.option(name: "agreement.\(name)", value: "\(value)", allowed: "at least 1")
        }
        if let sketch, !(1..<1 << 31).contains(sketch) {
            throw TrainingError.option(name: "agreement.sketch", value: "\(sketch)", allowed: "from 1 to 2147483647")
        }
        guard gradientNormLimit > 0, gradientNormLimit.isFinite else {
            throw TrainingError.option(
                name: "agreement.gradientNormLimit", value: "\(gradientNormLimit)", allowed: "a positive number")
        }
    }
}

/// Measures in which weights each task pulls the way that all tasks pull together.
///
/// The agreement vector of a task is its mean gradient times the mean gradient of all tasks, weight by weight.
/// Source: the paper, section on task grouping.
public enum GradientAgreement {
    /// The products of the agreement vectors of all pairs of tasks at the present weights, without dropout.
    ///
    /// - Parameters:
    ///   - tasks: Indices into the source's. Default: all.
    ///   - ranks: Processes that share each batch; all get the products.
    /// - Throws: ``TrainingError`` where an option is out of range, the data does not fit or a gradient is not finite.
    public static func products(
        of backbone: any SequenceModel, source: any BatchSource, tasks: [Int]? = nil,
        options: AgreementOptions = AgreementOptions(), ranks: any RankGroup = OneProcess()
    ) throws -> GramMatrix {
        try options.validate()
        if let width = options.sketch {
            let sketch = RandomSketch(width: width, seed: options.seed)
            return try products(
                of: backbone, source: source, tasks: tasks, options: options, sketches: [sketch], ranks: ranks)[0]
        }
        return try measuring(backbone, source, options, ranks) { gradients in
            try products(gradients, tasks: tasks ?? Array(source.tasks.indices), memory: options.memoryBytes)
        }
    }

    /// The products of the agreement vectors' sketches, for each of several sketches.
    ///
    /// Two passes over the tasks: the first for the mean gradient, the second for the vectors, of which one is held at a time.
    /// - Throws: As ``products(of:source:tasks:options:ranks:)``.
    public static func products(
        of backbone: any SequenceModel, source: any BatchSource, tasks: [Int]? = nil,
        options: AgreementOptions = AgreementOptions(), sketches: [RandomSketch], ranks: any RankGroup = OneProcess()
    ) throws -> [GramMatrix] {
        let tasks = tasks ?? Array(source.tasks.indices)
        return try measuring(backbone, source, options, ranks) { gradients in
            let mean = try Tensor.zeros([gradients.parameters.count], device: gradients.stage.device)
            for task in tasks { try mean.accumulate(gradients.gradient(of: task), factor: 1 / Double(tasks.count)) }
            var rows = sketches.map { _ in [[Double]]() }
            for task in tasks {
                let vector = try (gradients.gradient(of: task) * mean).floats()
                for (index, sketch) in sketches.enumerated() { rows[index].append(sketch(vector)) }
            }
            return rows.map(GramMatrix.init)
        }
    }

    private static func measuring<Result>(
        _ backbone: any SequenceModel, _ source: any BatchSource, _ options: AgreementOptions, _ ranks: any RankGroup,
        _ body: (TaskGradients) throws -> Result
    ) throws -> Result {
        try options.validate()
        try source.check(fits: backbone.configuration)
        let stage = BackboneStage(backbone)
        let parameters = try FlatParameters(stage.trainableParameters)
        let gradients = TaskGradients(
            stage, parameters, source, ranks, batches: options.batches, precision: options.precision,
            normLimit: options.gradientNormLimit)
        let result = try body(gradients)
        try parameters.freeze()
        return result
    }

    private static func products(_ gradients: TaskGradients, tasks: [Int], memory: Int) throws -> GramMatrix {
        let length = gradients.parameters.count
        let mean = try Tensor.zeros([length], device: gradients.stage.device)
        let allFit = tasks.count * length * MemoryLayout<Float>.size <= memory
        var vectors: [Tensor] = []
        for task in tasks {
            let gradient = try gradients.gradient(of: task)
            try mean.accumulate(gradient, factor: 1 / Double(tasks.count))
            if allFit { vectors.append(gradient) }
        }
        for index in vectors.indices { vectors[index] = try vectors[index] * mean }
        return try GramMatrix.products(count: tasks.count, length: length, parts: [[0..<length]], memory: memory) {
            try allFit ? vectors[$0] : gradients.gradient(of: tasks[$0]) * mean
        }[0]
    }
}
