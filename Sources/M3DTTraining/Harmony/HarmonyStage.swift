import M3DTModel
import M3DTRandom
import M3DTTensor

// Legend: T tasks, P numbers in the weights that are masked.

/// HarmoDT: one shared model of which each task uses its own part, learned with it.
///
/// A step of a task sees and moves only the weights that its mask has; the masks are exchanged now and then.
/// Deviation: the gradients that choose weights to take on are not masked; masked, as in the release, they are all 0 there.
/// Source: Hu et al., "HarmoDT: harmony multi-task decision transformer for offline reinforcement learning", 2024.
public final class HarmonyStage: Trainable {
    public let backbone: any SequenceModel
    public let masks: TaskMasks
    private let options: HarmonyOptions

    /// Begins with fresh weights and random masks.
    ///
    /// - Parameter tasks: The number of tasks of the data.
    /// - Throws: ``TrainingError/option(name:value:allowed:)`` or ``ModelError/configuration(field:problem:)``.
    public init(
        _ model: ModelConfiguration, tasks: Int, options: HarmonyOptions = HarmonyOptions(), seed: UInt64
    ) throws {
        try options.validate()
        self.options = options
        let stream = RandomStream.initialWeights(of: BackboneStage.name, seed: seed)
        backbone = try model.makeModel(stream: stream)
        masks = try TaskMasks(tasks: tasks, model: backbone)
        for task in 0..<tasks {
            var random = stream.split("mask").split(task)
            try masks.mask(of: task).assign(Self.randomMask(of: backbone, options, &random))
        }
    }

    public var name: String { BackboneStage.name }
    public var model: ModelConfiguration { backbone.configuration }
    /// The masked weights come first, so that a mask covers the beginning of the flat buffer.
    public var trainableParameters: [NamedParameter] {
        let masked = TaskMasks.masked(of: backbone)
        let names = Set(masked.map(\.name))
        return masked + backbone.trainableParameters.filter { !names.contains($0.name) }
    }
    public var frozenParameters: [NamedParameter] { [] }
    public var savedParameters: [NamedParameter] { backbone.namedParameters + state }
    public var state: [NamedParameter] { masks.namedParameters(under: "masks") }
    public var settings: [String: String] { StageIdentity.fields(of: options) }
    public var needsHostInStep: Bool { true }

    public func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor {
        try backbone.loss(batch.input, actionMask: batch.actionMask, branch: nil, pass.trained)
    }

    public func withWeights<Result>(
        of tasks: Set<Int>, in parameters: FlatParameters, _ body: () throws -> Result
    ) throws -> Result {
        let mask = try mask(of: tasks)
        let values = try masked(parameters.values, mask)
        let kept = try values.clone()
        try values.assign(values * mask)
        let result = Swift.Result { try body() }
        try values.assign(kept)
        return try result.get()
    }

    public func move(_ optimizer: AdamW, learningRate: Double, tasks: Set<Int>) throws -> [Double] {
        let mask = try mask(of: tasks)
        let values = try masked(optimizer.parameters.values, mask)
        let gradients = try masked(optimizer.parameters.gradients, mask)
        let kept = try values.clone()
        // Clipped by the norm of the whole gradient, masked after that.
        let norm = try optimizer.parameters.gradients.euclideanNorm()
        guard norm.isFinite else { return [norm] }
        try gradients.assign(gradients * mask)
        try optimizer.step(learningRate: learningRate, norm: norm)
        try values.assign(values * mask + kept * (-mask + 1))
        return [norm]
    }

    public func prepare(
        step: Int, of steps: Int, tasks: [Int], gradient: (_ task: Int) throws -> Tensor
    ) throws {
        guard step > 0, step % options.interval == 0 else { return }
        let count = options.exchanged(step: step, of: steps)
        if count == 0 { return }
        let size = masks.values.value.shape[1]
        let gradients = try tasks.map { try gradient($0).narrowed(0, 0..<size).clone() }
        let mean = try Tensor.zeros([size], device: gradients[0].device)
        for gradient in gradients { try mean.accumulate(gradient, factor: 1 / Double(tasks.count)) }
        for (task, gradient) in zip(tasks, gradients) {
            let mask = try masks.mask(of: task)
            try mask.assign(
                HarmonyExchange.mask(mask, gradient: gradient, mean: mean, count: count, gamma: options.gamma))
        }
    }

    /// The mask of the one task that a step is about, [P], float32.
    private func mask(of tasks: Set<Int>) throws -> Tensor {
        guard tasks.count == 1, let task = tasks.first else {
            throw TrainingError.option(
                name: "order", value: "mixed", allowed: "inTurn, since HarmoDT has a mask for each task")
        }
        return try masks.mask(of: task).converted(to: .float32)
    }

    /// The part of a flat buffer that a mask covers.
    private func masked(_ buffer: Tensor, _ mask: Tensor) throws -> Tensor {
        try buffer.narrowed(0, 0..<mask.count)
    }

    private static func randomMask(
        of model: any SequenceModel, _ options: HarmonyOptions, _ stream: inout RandomStream
    ) throws -> Tensor {
        let shapes = TaskMasks.masked(of: model).map(\.parameter.value.shape)
        let densities = ErdosRenyiKernel.densities(shapes, density: 1 - options.sparsity)
        let parts = try zip(shapes, densities).map { shape, density in
            try Tensor.uniform([shape.reduce(1, *)], bound: 0.5, stream: &stream).less(than: density - 0.5)
                .converted(to: .uint8)
        }
        return try .concatenated(parts, dimension: 0)
    }
}
