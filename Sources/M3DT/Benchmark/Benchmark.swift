import Foundation
import M3DTData
import M3DTModel
import M3DTRandom
import M3DTTensor
import M3DTTraining

/// Times training and acting, turn by turn with eager PyTorch where that is there.
///
/// Training steps are those of ``TrainingLoop`` with its prefetching sampler; nothing is left out or made ready for it.
public struct Benchmark {
    public var model = ModelConfiguration()
    /// The tasks that training batches come from, in turn.
    public var tasks = 16
    /// The least number of rounds; in each, ours and PyTorch take turns.
    public var rounds = 3
    /// There are more rounds until this many seconds have passed.
    public var seconds = 0.0
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
        let rounds = Rounds(work, precision, least: rounds, seconds: seconds) { other in
            try yardstick?.measure(work, model, precision: other)
        }
        do {
            try play(rounds)
        } catch is Rounds.Enough {
            // How work ends that would otherwise go on.
        }
        var measured = rounds.result
        let onDevice = try Double(device.peakMemory()) / 1_048_576
        let ownPeak = ProcessMemory.peak(of: ProcessInfo.processInfo.processIdentifier) ?? 0
        measured.memory = onDevice > 0 ? onDevice : ownPeak
        measured.theirMemory = yardstick?.memory
        measured.pytorch = yardstick?.version
        return measured
    }

    private func play(_ rounds: Rounds) throws {
        switch rounds.result.work.work {
        case .backbone, .expert, .router: try train(rounds)
        case .stage: try trainWhole(rounds)
        case .batch: try build(rounds)
        case .action: try act(rounds, cache: .exact)
        case .rolling: try act(rounds, cache: .rolling)
        case .evaluation: try evaluate(rounds, cache: .exact)
        case .rollingEvaluation: try evaluate(rounds, cache: .rolling)
        }
    }
}

// Training.
extension Benchmark {
    /// Takes steps until there are enough.
    private func train(_ rounds: Rounds) throws {
        let work = rounds.result.work
        // On other devices the host sees times only where it waits, which is where metrics are recorded.
        let isTimedByStep = device == .cpu
        var options = options(rounds.result.precision, steps: 1_000_000)
        options.logEvery = isTimedByStep ? work.repetitions : Self.stepsAtOnce
        options.checkpointEvery = options.steps
        let stopwatch = Stopwatch(rounds, byStep: isTimedByStep)
        let sampler = try SyntheticData.sampler(SyntheticData.tasks(tasks, model), model, rows: work.rows)
        try inTemporaryFolder { folder in
            let stage = try stage(of: work)
            _ = try loop(stage, sampler, options, folder, TrainingControl(observer: stopwatch)).run()
        }
    }

    /// Trains whole stages that are short: data opened, weights made, steps with their data, weights saved.
    private func trainWhole(_ rounds: Rounds) throws {
        let work = rounds.result.work
        let options = options(rounds.result.precision, steps: work.steps)
        try inTemporaryFolder { folder in
            let data = folder.appendingPathComponent("data")
            try SyntheticData.store(SyntheticData.tasks(tasks, model), in: data)
            try rounds.play {
                let store = try TrajectoryStore(data)
                let sampler = try SyntheticData.sampler(
                    store.trajectories(store.tasks.map(\.name)), model, rows: work.rows)
                let run = folder.appendingPathComponent("run")
                _ = try loop(stage(of: work), sampler, options, run).run()
                try FileManager.default.removeItem(at: run)
            }
        }
    }

    private func build(_ rounds: Rounds) throws {
        let tasks = SyntheticData.tasks(tasks, model)
        let sampler = try SyntheticData.sampler(tasks, model, rows: rounds.result.work.rows)
        var step = 0
        try rounds.play {
            _ = sampler.batch(step: step, task: step % tasks.count)
            step += 1
        }
    }

    private func options(_ precision: Precision, steps: Int) -> StageOptions {
        var options = StageOptions(steps: steps)
        options.precision = precision
        options.warmUpSteps = 0
        return options
    }

    private func loop(
        _ stage: any Trainable, _ sampler: Sampler, _ options: StageOptions, _ folder: URL,
        _ control: TrainingControl = TrainingControl()
    ) throws -> TrainingLoop {
        for named in stage.frozenParameters + stage.trainableParameters { try named.parameter.move(to: device) }
        return try TrainingLoop(stage, source: sampler, options: options, folder: folder, control: control)
    }

    private func stage(of work: BenchmarkCase) throws -> any Trainable {
        let stream = RandomStream(seed: 0)
        if work.experts == 0 { return try BackboneStage(model, seed: 0) }
        let backbone = try PromptDT(model, stream: stream.split("backbone"))
        if work.work == .expert { return try ExpertStage(0, beside: backbone, seed: 0) }
        let experts = try (0..<work.experts).map { try Expert(model, stream: stream.split("expert").split($0)) }
        return try RouterStage(experts, beside: backbone, seed: 0)
    }

    private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
