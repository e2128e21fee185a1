import Foundation
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTRandom
import M3DTStorage
import M3DTTasks
import M3DTTensor
import M3DTTraining

/// Times training and acting, turn by turn with eager PyTorch where that is there.
///
/// Training steps are those of ``TrainingLoop`` with its prefetching sampler; nothing is left out or made ready for it.
public struct Benchmark {
    public var model = ModelConfiguration()
    /// The tasks that training batches come from, in turn.
    public var tasks = 16
    /// Rounds that count; in each, ours and PyTorch take turns.
    public var rounds = 5
    /// Where to compute. PyTorch's turns are on the CPU in any case.
    public var device = Device.cpu
    /// Repetitions before the first round, which do not count.
    static let warmUp = 3
    /// Steps between two looks at the clock where the host does not wait for each.
    static let stepsAtOnce = 50
    private let yardstick: PyTorchYardstick?

    public init(against yardstick: PyTorchYardstick? = nil) {
        self.yardstick = yardstick
    }

    /// Measures one case.
    ///
    /// PyTorch is timed in float32, which the reference trains in, and in our precision where that is another one.
    /// - Throws: ``BenchmarkError``, and what the work itself throws.
    public func measure(_ work: BenchmarkCase, precision: Precision) throws -> BenchmarkResult {
        let result = Rounds(work, precision, count: rounds) { other in
            try yardstick?.measure(work, model, precision: other)
        }
        switch work.work {
        case .backbone, .expert, .router: try train(result)
        case .action: try act(result, cache: .exact)
        case .rolling: try act(result, cache: .rolling)
        case .batch: try build(result)
        }
        var measured = result.result
        let onDevice = try Double(device.peakMemory()) / 1_048_576
        let ownPeak = ProcessMemory.peak(of: ProcessInfo.processInfo.processIdentifier) ?? 0
        measured.memory = onDevice > 0 ? onDevice : ownPeak
        measured.theirMemory = yardstick?.memory
        return measured
    }

    private func train(_ rounds: Rounds) throws {
        let work = rounds.result.work
        let tasks = SyntheticData.tasks(self.tasks, model)
        var options = StageOptions(steps: Self.warmUp + rounds.count * work.repetitions)
        options.precision = rounds.result.precision
        options.warmUpSteps = 0
        options.logEvery = options.steps
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        // On other devices the host sees times only where it waits, which is where metrics are recorded.
        let isTimedByStep = device == .cpu
        if !isTimedByStep {
            options.logEvery = Self.stepsAtOnce
            options.steps = (1 + rounds.count) * Self.stepsAtOnce
        }
        let stopwatch = Stopwatch(rounds, byStep: isTimedByStep)
        let stage = try stage(of: work)
        for named in stage.frozenParameters + stage.trainableParameters { try named.parameter.move(to: device) }
        let loop = try TrainingLoop(
            stage, source: SyntheticData.sampler(tasks, model, rows: work.rows), options: options,
            folder: folder, control: TrainingControl(observer: stopwatch))
        _ = try loop.run()
    }

    private func stage(of work: BenchmarkCase) throws -> any Trainable {
        let stream = RandomStream(seed: 0)
        if work.work == .backbone { return try BackboneStage(model, seed: 0) }
        let backbone = try PromptDT(model, stream: stream.split("backbone"))
        if work.work == .expert { return try ExpertStage(0, beside: backbone, seed: 0) }
        let experts = try (0..<work.experts).map { try Expert(model, stream: stream.split("expert").split($0)) }
        return try RouterStage(experts, beside: backbone, seed: 0)
    }

    /// Acts from the middle of an episode on, where the context is full.
    private func act(_ rounds: Rounds, cache: ActingOptions.Cache) throws {
        let work = rounds.result.work
        let task = SyntheticData.tasks(1, model)[0]
        let profile = try SyntheticData.sampler([task], model, rows: 1).profile(task: 0)
        let description = PolicyDescription(
            method: "synthetic", model: model, mixture: MixtureConfiguration(experts: work.experts),
            precision: rounds.result.precision, tasks: [profile])
        let untrained = try M3DTPolicy(untrained: description, device: device)
        try untrained.act(with: ActingOptions(cache: cache))
        let policy = SequencePolicy(untrained, slots: work.rows)
        let observation = [Double](repeating: 0.1, count: model.stateWidth)
        let requests = (0..<work.rows).map { ActionRequest(slot: $0, observation: observation, reward: 0) }
        for slot in 0..<work.rows { try policy.begin(slot: slot, task: task, seed: 0) }
        for _ in 0..<model.contextSteps + Self.warmUp { _ = try policy.act(requests) }
        try rounds.play { _ = try policy.act(requests) }
    }

    private func build(_ rounds: Rounds) throws {
        let tasks = SyntheticData.tasks(16, model)
        let sampler = try SyntheticData.sampler(tasks, model, rows: rounds.result.work.rows)
        var step = 0
        try rounds.play {
            _ = sampler.batch(step: step, task: step % tasks.count)
            step += 1
        }
    }
}

/// The rounds of one case: repetitions of ours, then PyTorch's turn.
final class Rounds {
    let count: Int
    private(set) var result: BenchmarkResult
    private let others: [Precision]
    private let other: (Precision) throws -> [Double]?
    private var current: [Double] = []

    init(
        _ work: BenchmarkCase, _ precision: Precision, count: Int, other: @escaping (Precision) throws -> [Double]?
    ) {
        self.count = count
        self.other = other
        result = BenchmarkResult(work: work, precision: precision)
        others = precision == .float32 ? [.float32] : [.float32, precision]
    }

    /// Notes a repetition of ours; at the end of a round it is PyTorch's turn.
    func note(milliseconds: Double) throws {
        current.append(milliseconds)
        guard current.count == result.work.repetitions else { return }
        result.ours.append(current)
        current = []
        for precision in others {
            if let times = try other(precision) { result.theirs[precision, default: []].append(times) }
        }
    }

    /// Notes the share of its time that the training waited for batches.
    func note(waitShare: Double?) {
        result.waitShare = waitShare
    }

    /// Does all repetitions of all rounds.
    ///
    /// - Throws: What the body or PyTorch's turn throws.
    func play(_ body: () throws -> Void) throws {
        let clock = ContinuousClock()
        for _ in 0..<count * result.work.repetitions {
            let start = clock.now
            try body()
            try note(milliseconds: 1000 * (clock.now - start).inSeconds)
        }
    }
}

/// Times the steps of a training loop from one to the next, what it waits for included.
private final class Stopwatch: TrainingObserver {
    private let rounds: Rounds
    private let isByStep: Bool
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?
    private var steps = 0

    init(_ rounds: Rounds, byStep isByStep: Bool) {
        self.rounds = rounds
        self.isByStep = isByStep
    }

    func training(_ event: TrainingEvent) throws {
        switch event {
        case .stepped where isByStep:
            steps += 1
            if let last, steps > Benchmark.warmUp { try note(1, as: 1, since: last) }
            last = clock.now
        case .measured(let metrics):
            rounds.note(waitShare: metrics.values["speed/data_wait_share"])
            guard !isByStep else { break }
            // The first round holds the steps before recording, and the recording.
            if let last { try note(Benchmark.stepsAtOnce, as: rounds.result.work.repetitions, since: last) }
            last = clock.now
        default: break
        }
    }

    /// Notes the mean time of some steps as that of each repetition.
    private func note(_ steps: Int, as repetitions: Int, since start: ContinuousClock.Instant) throws {
        let milliseconds = 1000 * (clock.now - start).inSeconds / Double(steps)
        for _ in 0..<repetitions { try rounds.note(milliseconds: milliseconds) }
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
