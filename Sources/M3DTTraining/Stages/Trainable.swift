import M3DTModel
import M3DTRandom
import M3DTTensor

/// What a ``TrainingLoop`` trains: says which weights move, and what the loss of a batch is.
///
/// The three stages of M3DT conform, and so can any other scheme over the same data: a mixture trained end to end, experts that
/// move with the routers, a model without returns.
public protocol Trainable: AnyObject {
    /// The name in metrics, messages and files, and the root of the stage's random streams: `backbone`, `expert-3`, `router`.
    var name: String { get }
    var model: ModelConfiguration { get }
    /// The weights that the loss reaches and the optimiser moves.
    var trainableParameters: [NamedParameter] { get }
    /// The weights that take part and stay as they are, bit by bit.
    var frozenParameters: [NamedParameter] { get }
    /// The weights that are written when the stage is done; at least the trainable ones.
    var savedParameters: [NamedParameter] { get }

    /// The loss of a batch, one number that depends on the trainable weights.
    ///
    /// - Throws: ``TensorError`` where the batch does not fit the model.
    func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor
}

/// How one pass of a stage is computed, apart for what it trains and for what it leaves alone.
public struct StagePass {
    public let trained: ForwardContext
    public let frozen: ForwardContext

    /// A pass without dropout: for measuring.
    public init(precision: Precision) {
        trained = ForwardContext(precision: precision)
        frozen = ForwardContext(precision: precision)
    }

    /// The pass of a training step; its random numbers depend on the step alone, so a resumed run draws the same.
    init(step: Int, options: StageOptions, stream: RandomStream) {
        let stream = stream.split("dropout").split(step)
        trained = ForwardContext(precision: options.precision, stream: stream)
        frozen = ForwardContext(
            precision: options.precision, stream: options.dropoutInFrozenParts ? stream.split("frozen") : nil)
    }
}

extension Trainable {
    /// Where the stage computes.
    var device: Device { trainableParameters.first?.parameter.value.device ?? .cpu }

    /// The stream that everything random in the stage comes from; other stages with the same seed draw independently.
    func stream(seed: UInt64) -> RandomStream { RandomStream(seed: seed).split(name) }
}

extension RandomStream {
    /// The stream of a stage's fresh weights.
    static func initialWeights(of stage: String, seed: UInt64) -> RandomStream {
        RandomStream(seed: seed).split(stage).split("initialisation")
    }
}
