import M3DTRandom
import M3DTTensor

// Legend: T tasks, P numbers in the weights that are masked.

/// For each task the weights of a shared model that it uses: 1 or 0 for every number in the transformer's blocks.
///
/// Embeddings and heads belong to all tasks. Source: HarmoDT.
public final class TaskMasks: Module {
    /// [T, P], uint8.
    public let values: Parameter

    /// Every task uses everything.
    ///
    /// - Throws: ``TensorError`` where memory runs out.
    public init(tasks: Int, model: any SequenceModel) throws {
        let count = Self.masked(of: model).reduce(0) { $0 + $1.parameter.value.count }
        values = Parameter(try .full(1, shape: [tasks, count], type: .uint8))
    }

    public var taskCount: Int { values.value.shape[0] }

    public var namedParameters: [NamedParameter] { [NamedParameter("tasks", values)] }

    /// The weights that have a mask, in its order.
    public static func masked(of model: any SequenceModel) -> [NamedParameter] {
        model.transformer.namedParameters(under: "transformer")
    }

    /// One task's mask, [P], uint8.
    ///
    /// - Throws: ``TensorError`` for a task that is not there.
    public func mask(of task: Int) throws -> Tensor {
        try values.value.narrowed(0, task..<task + 1).reshaped([-1])
    }

    /// A copy of the model as one task uses it.
    ///
    /// - Throws: ``TensorError`` where the masks belong to another model.
    public func model(_ model: any SequenceModel, of task: Int) throws -> any SequenceModel {
        let copy = try FreshWeights.undrawn { try model.configuration.makeModel(stream: RandomStream(seed: 0)) }
        let weights = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
        for named in copy.namedParameters { try named.parameter.move(to: model.transformer.device) }
        try copy.load(weights, source: "the shared model")
        let mask = try mask(of: task)
        var start = 0
        for named in Self.masked(of: copy) {
            let value = named.parameter.value
            let part = try mask.narrowed(0, start..<start + value.count).reshaped(value.shape)
            try named.parameter.assign(value * part.converted(to: .float32))
            start += value.count
        }
        return copy
    }
}

extension Transformer {
    /// Where the weights are.
    public var device: Device { namedParameters[0].parameter.value.device }
}
