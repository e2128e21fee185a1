import M3DTModel
import M3DTRandom
import M3DTTensor

/// What a ``TrainingLoop`` trains: says which weights move, and what the loss of a batch is.
///
/// The stages of M3DT and of its rivals conform: ``BackboneStage``, ``ExpertStage``, ``ExpertGroupStage``, ``RouterStage``,
/// ``JointStage``, ``HarmonyStage`` and ``FineTuneStage``.
public protocol Trainable: AnyObject {
    /// The name in metrics, messages and files, and the root of the stage's random streams: `backbone`, `expert-3`, `router`.
    var name: String { get }
    /// The names of what is trained side by side and independently, each on batches and with a limit on the gradient's norm of its
    /// own. Several have one loss each, and are the first dimension of every trainable weight. Default: the stage alone.
    var parts: [String] { get }
    var model: ModelConfiguration { get }
    /// The weights that the loss reaches and the optimiser moves.
    var trainableParameters: [NamedParameter] { get }
    /// The weights that take part and stay as they are, bit by bit.
    var frozenParameters: [NamedParameter] { get }
    /// The weights that are written when the stage is done; at least the trainable ones.
    var savedParameters: [NamedParameter] { get }
    /// What training changes beside the trainable weights; kept in checkpoints. Default: nothing.
    var state: [NamedParameter] { get }
    /// What a row adds to the loss depends on that row alone, so that ranks can share the rows of a batch. Default: yes.
    var rowsAreIndependent: Bool { get }
    /// The stage's own choices by name, which a resumed training must share. Default: none.
    var settings: [String: String] { get }

    /// What a step does depends on its tasks beyond the numbers of its batch, so that the host takes part in it. Default: no.
    var needsHostInStep: Bool { get }

    /// The loss of a batch, which depends on the trainable weights: one number, or one for each of several parts, whose rows are in
    /// the batch one part after another.
    ///
    /// - Throws: ``TensorError`` where the batch does not fit the model.
    func loss(_ batch: BatchTensors, _ pass: StagePass) throws -> Tensor

    /// Changes what a coming step is computed with. Default: nothing.
    ///
    /// - Parameters:
    ///   - step: Counted from 0.
    ///   - tasks: The tasks under training.
    ///   - gradient: Measures a task's mean gradient at the present weights, as long as all trainable weights together.
    /// - Throws: What measuring throws.
    func prepare(step: Int, of steps: Int, tasks: [Int], gradient: (_ task: Int) throws -> Tensor) throws

    /// Runs `body`, which computes a loss and its gradient, with the weights as the given tasks use them. Default: as they are.
    ///
    /// - Throws: What `body` throws; ``TrainingError`` where the tasks cannot share a step.
    func withWeights<Result>(
        of tasks: Set<Int>, in parameters: FlatParameters, _ body: () throws -> Result
    ) throws -> Result

    /// Moves the weights along the gradients of a step on the given tasks. Default: all of them.
    ///
    /// - Returns: The norm of each part's gradients before clipping; where one is not finite, nothing is moved.
    /// - Throws: ``TensorError`` where an operation fails.
    func move(_ optimizer: AdamW, learningRate: Double, tasks: Set<Int>) throws -> [Double]
}

extension Trainable {
    public var parts: [String] { [name] }
    public var state: [NamedParameter] { [] }
    public var rowsAreIndependent: Bool { true }
    public var settings: [String: String] { [:] }
    public var needsHostInStep: Bool { false }

    public func prepare(step: Int, of steps: Int, tasks: [Int], gradient: (_ task: Int) throws -> Tensor) throws {}

    public func withWeights<Result>(
        of tasks: Set<Int>, in parameters: FlatParameters, _ body: () throws -> Result
    ) throws -> Result {
        try body()
    }

    public func move(_ optimizer: AdamW, learningRate: Double, tasks: Set<Int>) throws -> [Double] {
        try optimizer.stepParts(learningRate: learningRate)
    }
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
    ///
    /// - Parameter part: The rows of the step's batch that the pass is about. Default: all.
    init(step: Int, options: StageOptions, stream: RandomStream, part: BatchPart = .whole) {
        let stream = stream.split("dropout").split(step)
        trained = ForwardContext(precision: options.precision, stream: stream, part: part)
        frozen = ForwardContext(
            precision: options.precision, stream: options.dropoutInFrozenParts ? stream.split("frozen") : nil,
            part: part)
    }
}

extension StagePass {
    /// A branch of which the routers are trained, and the experts if so said.
    func branch(_ branch: any FeedForwardBranch, trainsExperts: Bool) -> BranchPass {
        BranchPass(branch, trained, experts: trainsExperts ? trained : frozen)
    }

    /// The loss with the terms that trained layers have added to it.
    func complete(_ loss: Tensor) throws -> Tensor {
        try trained.penalties.reduce(loss) { try $0 + $1 }
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
