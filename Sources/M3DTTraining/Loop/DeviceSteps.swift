import M3DTData
import M3DTTensor

/// A step that is done, with its numbers.
struct TakenStep: Equatable {
    /// Counted from 0.
    let step: Int
    /// The tasks of the rows of each part of the stage, as indices into the source's.
    let tasks: [Set<Int>]
    /// Of each part.
    let losses: [Double]
    /// Of each part, before clipping.
    let gradientNorms: [Double]
}

/// Takes the steps of a stage on a device that works by itself while the host goes on to the next.
///
/// The host waits only in ``settle()``, for the numbers of all steps since the last. Where the device allows it, the step is
/// recorded once the first few are done, and repeated from then on.
final class DeviceSteps {
    /// Steps that may be on their way at once.
    static let most = 100
    /// Steps that are done one operation after another before the next is recorded.
    private static let beforeRecording = 3

    private let stage: any Trainable
    private let options: StageOptions
    private let optimizer: DeviceAdamW
    private let device: Device
    private let parts: Int
    /// [most, 2 parts]: losses and norms of each step on its way, float64.
    private let numbers: Tensor
    /// The numbers of the step that was taken last, [1, 2 parts].
    private let last: Tensor
    private var underway: [(step: Int, tasks: [Set<Int>])] = []
    private var batch: BatchTensors?
    private var recorded: RecordedWork?
    private var taken = 0

    /// A stage whose steps are not these: on the CPU the host does the work, and some stages need the host in between.
    static func take(_ stage: any Trainable) -> Bool { stage.device != .cpu && !stage.needsHostInStep }

    /// - Throws: ``TensorError`` where the device has no memory left.
    init(_ stage: any Trainable, _ optimizer: AdamW, _ options: StageOptions) throws {
        self.stage = stage
        self.options = options
        device = stage.device
        try device.useOwnStream()
        try TensorEngine.setDeterministic(true)
        self.optimizer = try DeviceAdamW(optimizer)
        parts = stage.parts.count
        numbers = try .zeros([Self.most, 2 * parts], type: .float64, device: device)
        last = try .zeros([1, 2 * parts], type: .float64, device: device)
    }

    /// No more steps can be on their way.
    var isFull: Bool { underway.count == Self.most }

    /// Tells the device to take a step.
    ///
    /// - Precondition: Not ``isFull``.
    /// - Throws: ``TensorError`` where an operation fails.
    func take(_ step: Int, on host: Batch) throws {
        try device.seed(stage.stream(seed: options.seed).split("dropout").split(step).key)
        try optimizer.setLearningRate(options.warmUp.rate(at: step))
        let fresh = try host.tensors(on: device)
        if let batch { try batch.assign(fresh) } else { batch = fresh }
        if recorded == nil, taken >= Self.beforeRecording, RecordedWork.isPossible(on: device) {
            recorded = try RecordedWork(on: device) { [unowned self] in try compute() }
        }
        if let recorded { try recorded.replay() } else { try compute() }
        try numbers.narrowed(0, underway.count..<underway.count + 1).assign(last)
        underway.append((step, host.tasks(ofParts: parts)))
        taken += 1
    }

    /// Waits for the steps that are on their way.
    ///
    /// - Throws: ``TensorError`` where an operation failed.
    func settle() throws -> [TakenStep] {
        if underway.isEmpty { return [] }
        let values: [Double] = try numbers.narrowed(0, 0..<underway.count).elements()
        defer { underway = [] }
        return underway.enumerated().map { index, one in
            let own = values[2 * parts * index..<2 * parts * (index + 1)]
            return TakenStep(
                step: one.step, tasks: one.tasks, losses: Array(own.prefix(parts)),
                gradientNorms: Array(own.suffix(parts)))
        }
    }

    /// One step on ``batch``, from the tensors that are there to those that are there.
    private func compute() throws {
        // On a device dropout draws by the device's seed; the step in the pass only says that it is on.
        let pass = StagePass(step: 0, options: options, stream: stage.stream(seed: options.seed))
        let loss = try stage.loss(batch!, pass)
        try loss.total().backward()
        let norms = try optimizer.step()
        let both = try [loss.detached(), norms].map { try $0.converted(to: .float64).reshaped([1, parts]) }
        try last.assign(.concatenated(both, dimension: 1))
    }
}

extension BatchTensors {
    /// All tensors, in a fixed order.
    private var tensors: [Tensor] {
        let steps = [input.context] + (input.prompt.map { [$0] } ?? [])
        return [actionMask] + steps.flatMap { [$0.states, $0.actions, $0.returnsToGo, $0.timesteps, $0.mask] }
    }

    /// Overwrites the numbers with those of another batch of the same shape.
    ///
    /// - Throws: ``TensorError`` where the shapes differ.
    func assign(_ other: BatchTensors) throws {
        for (own, new) in zip(tensors, other.tensors) { try own.assign(new) }
    }
}
