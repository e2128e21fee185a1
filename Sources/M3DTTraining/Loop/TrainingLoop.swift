import Foundation
import M3DTData
import M3DTRanks
import M3DTStorage
import M3DTTensor

/// Trains one stage: the way of a batch from the data to the weights.
///
/// The result depends on the stage, the data and the options alone: not on how often it is saved or stopped, nor on the number of
/// threads that make batches. Several ranks share the rows of each batch, and then all take the same step; the first one writes.
public final class TrainingLoop {
    private let stage: any Trainable
    private let source: any BatchSource
    /// Of all parts of the stage.
    private let tasks: [Int]
    private let batches: PartBatches
    private let options: StageOptions
    private let folder: StageFolder
    private let control: TrainingControl
    private let identity: StageIdentity
    private let optimizer: AdamW
    private let batchGradient: BatchGradient
    private var position = Checkpoint.Position()
    private var deviceSteps: DeviceSteps?
    private let clock = ContinuousClock()

    /// Prepares to train a stage.
    ///
    /// - Parameters:
    ///   - tasks: The tasks to train on in turn, each part of the stage on all of them, as indices into the source's. Default: all.
    ///   - folder: Where checkpoints and results go; made where it is not there yet.
    /// - Throws: ``TrainingError`` where an option is out of range or the data does not fit the model.
    public convenience init(
        _ stage: any Trainable, source: any BatchSource, tasks: [Int]? = nil, options: StageOptions, folder: URL,
        control: TrainingControl = TrainingControl()
    ) throws {
        let tasks = tasks ?? Array(source.tasks.indices)
        try self.init(
            stage, source: source, tasksOfParts: stage.parts.map { _ in tasks }, options: options, folder: folder,
            control: control)
    }

    /// Prepares to train a stage whose parts have tasks of their own.
    ///
    /// - Throws: As ``init(_:source:tasks:options:folder:control:)``.
    init(
        _ stage: any Trainable, source: any BatchSource, tasksOfParts: [[Int]], options: StageOptions, folder: URL,
        control: TrainingControl
    ) throws {
        try options.validate()
        try source.check(fits: stage.model)
        precondition(tasksOfParts.count == stage.parts.count, "each part of \(stage.name) needs tasks")
        let parts = zip(stage.parts, tasksOfParts).map { (name: $0, tasks: $1) }
        if let idle = parts.first(where: \.tasks.isEmpty) { throw TrainingError.noTasks(stage: idle.name) }
        try options.check(canTrain: parts.count)
        try control.ranks.check(canShare: source.shape.rows, of: stage)
        let tasks = tasksOfParts.flatMap { $0 }
        guard options.stop == nil || GradientConflict.isThere(stage.trainableParameters, tasks: tasks.count) else {
            throw TrainingError.option(
                name: "stop", value: "conflictPeak for \(stage.name)",
                allowed: "fixed for a stage without feed-forward weights to train or without two tasks")
        }
        self.stage = stage
        self.source = source
        self.tasks = tasks
        batches = PartBatches(source, options.order, parts: parts)
        self.options = options
        self.folder = StageFolder(folder)
        self.control = control
        identity = try StageIdentity(stage, source: source, tasks: tasksOfParts, options: options)
        for frozen in stage.frozenParameters { try frozen.parameter.freeze() }
        optimizer = try AdamW(
            FlatParameters(stage.trainableParameters, parts: parts.count), settings: options.optimizer)
        batchGradient = BatchGradient(stage, optimizer.parameters, control.ranks)
    }

    private var ranks: any RankGroup { control.ranks }
    private var isDivided: Bool { stage.parts.count > 1 }

    /// Trains to the end, or until a stop is requested.
    ///
    /// Where the folder holds a checkpoint of this training, it goes on from there; where the training is finished, its weights are
    /// read.
    /// - Throws: ``TrainingError`` where the folder holds another training or a number is not finite, ``StorageError`` where a file
    ///   cannot be read or written, `RankError` where another rank cannot be reached. The last checkpoint is kept.
    public func run() throws -> StageOutcome {
        try ranks.onFirst { try folder.create() }
        if folder.isFinished { return try readFinished() }
        if folder.checkpoint.exists {
            position = try folder.checkpoint.read(into: optimizer, of: identity, state: stage.state)
        }
        try agree()
        // Ranks add up their gradients on the host.
        if DeviceSteps.take(stage), ranks.count == 1 { deviceSteps = try DeviceSteps(stage, optimizer, options) }
        try control.observer?.training(
            .started(
                stage: stage.name, step: position.step, steps: options.steps, parts: isDivided ? stage.parts : []))
        let batches = prefetcher()
        defer { batches.close() }
        while let batch = next(batches) {
            try learn(from: batch)
            try measureConflict()
            try report()
            guard !isDone else { break }
            if try ranks.any(control.stop.isRequested) { return try stopped() }
            if position.step % options.checkpointEvery == 0 { try save() }
        }
        return try finish()
    }

    /// One optimiser step.
    private func learn(from batch: Batch) throws {
        if let deviceSteps { return try learn(from: batch, with: deviceSteps) }
        let start = clock.now
        let pass = StagePass(
            step: position.step, options: options, stream: stage.stream(seed: options.seed), part: ranks.part)
        try stage.prepare(step: position.step, of: options.steps, tasks: tasks) { task in
            try gradients(from: position.step, normLimit: options.optimizer.gradientNormLimit).gradient(of: task)
        }
        let tasks = batch.tasks(ofParts: stage.parts.count)
        let losses = try stage.withWeights(of: Set(batch.taskIndices), in: optimizer.parameters) {
            try batchGradient.compute(batch, pass)
        }
        try check(losses, of: tasks, step: position.step, TrainingError.lossNotFinite)
        let norms = try stage.move(
            optimizer, learningRate: options.warmUp.rate(at: position.step), tasks: Set(batch.taskIndices))
        try check(norms, of: tasks, step: position.step, TrainingError.gradientNotFinite)
        position.step += 1
        spend(clock.now - start)
        try note(TakenStep(step: position.step - 1, tasks: tasks, losses: losses, gradientNorms: norms))
    }

    /// Checks the numbers of each part of the stage after a step on their tasks.
    private func check(
        _ numbers: [Double], of tasks: [Set<Int>], step: Int,
        _ error: (_ stage: String, _ step: Int, _ tasks: [String]) -> TrainingError
    ) throws {
        guard let part = numbers.firstIndex(where: { !$0.isFinite }) else { return }
        throw error(stage.parts[part], step, names(of: tasks[part]))
    }

    /// One optimiser step that the host does not wait for.
    private func learn(from batch: Batch, with steps: DeviceSteps) throws {
        let start = clock.now
        try steps.take(position.step, on: batch)
        position.step += 1
        spend(clock.now - start)
        if steps.isFull || control.stop.isRequested { try settle() }
    }

    /// Waits for the steps that a device has been told to take.
    private func settle() throws {
        guard let deviceSteps else { return }
        let start = clock.now
        let taken = try deviceSteps.settle()
        spend(clock.now - start)
        for one in taken {
            try check(one.losses, of: one.tasks, step: one.step, TrainingError.lossNotFinite)
            try check(one.gradientNorms, of: one.tasks, step: one.step, TrainingError.gradientNotFinite)
            try note(one)
        }
    }

    private func note(_ taken: TakenStep) throws {
        let recorded = options.recordTaskGradientNorms ? names(of: taken.tasks[0]) : []
        position.window.add(
            losses: taken.losses, gradientNorms: taken.gradientNorms, task: recorded.count == 1 ? recorded[0] : nil)
        let loss = taken.losses.reduce(0, +) / Double(taken.losses.count)
        try control.observer?.training(.stepped(stage: stage.name, step: taken.step + 1, loss: loss))
    }

    /// The last step is taken, or the conflict has peaked.
    private var isDone: Bool { position.step == options.steps || hasPeaked }

    private var hasPeaked: Bool {
        guard let rule = options.stop, let peak = position.peak else { return false }
        return peak.hasPassed(rule)
    }

    /// Records what is due after a step.
    private func report() throws {
        if position.step % options.logEvery == 0 || isDone {
            try settle()
            let (window, parts) = (position.window, stage.parts)
            position.window = MetricsWindow()
            for (part, name) in parts.enumerated() {
                let rate = options.warmUp.rate(at: position.step - 1)
                try record(window.values(ofPart: part, of: parts.count, learningRate: rate), of: name)
            }
        }
    }

    /// Measures and records the conflict of the tasks where that is due, and notes whether it is past its peak.
    ///
    /// The batches are the same in every measurement, so that only the weights make a difference.
    private func measureConflict() throws {
        guard options.conflictEvery > 0, position.step % options.conflictEvery == 0 else { return }
        try settle()
        let start = clock.now
        var values = try GradientConflict.measure(gradients(batches: options.conflictBatches), tasks: tasks)
        position.seconds += (clock.now - start).seconds
        watch(&values)
        if !values.isEmpty { try record(values, of: stage.name) }
        if hasPeaked, let peak = position.peak {
            try control.observer?.training(.peaked(stage: stage.name, step: position.step, peak: peak.step))
        }
    }

    /// Adds a measurement to the peak that the stage's rule looks for; those of the warm-up do not count.
    private func watch(_ values: inout [String: Double]) {
        guard let rule = options.stop, position.step > options.warmUpSteps,
            let conflict = GradientConflict.conflict(values)
        else { return }
        var peak = position.peak ?? ConflictPeak()
        peak.add(conflict, step: position.step, rule: rule)
        position.peak = peak
        guard let average = peak.average else { return }
        values["conflict/average"] = average
        values["conflict/peak_step"] = Double(peak.step)
    }

    private func gradients(from first: Int = 0, batches: Int = 1, normLimit: Double? = nil) -> TaskGradients {
        TaskGradients(
            stage, optimizer.parameters, source, ranks, first: first, batches: batches, precision: options.precision,
            normLimit: normLimit)
    }

    /// Records what was measured of a part, which has its share of the time.
    private func record(_ values: [String: Double], of part: String) throws {
        let seconds = position.seconds / Double(stage.parts.count)
        try control.observer?.training(
            .measured(StageMetrics(stage: part, step: position.step, seconds: seconds, values: values)))
    }

    private func prefetcher() -> BatchPrefetcher {
        BatchPrefetcher(steps: position.step..<options.steps, workers: control.batchWorkers) { [batches] step in
            batches.batch(of: step)
        }
    }

    private func next(_ batches: BatchPrefetcher) -> Batch? {
        let before = batches.waitingTime
        let batch = batches.next()
        let waited = batches.waitingTime - before
        position.window.waitingSeconds += waited.seconds
        spend(waited)
        return batch
    }

    private func spend(_ time: Duration) {
        position.window.seconds += time.seconds
        position.seconds += time.seconds
    }

    /// Checks that all ranks train the same and stand at the same weights.
    private func agree() throws {
        try ranks.agree(on: "\(stage.name) after step \(position.step)") {
            try identity.checksum(step: position.step, weights: optimizer.parameters.values)
        }
    }

    private func save() throws {
        try settle()
        try agree()
        try ranks.onFirst { try folder.checkpoint.write(position, of: identity, optimizer, state: stage.state) }
        try control.observer?.training(
            .saved(stage: stage.name, step: position.step, checkpoint: folder.checkpointFile))
    }

    private func stopped() throws -> StageOutcome {
        try save()
        return .stopped(stage: stage.name, step: position.step, checkpoint: folder.checkpointFile)
    }

    private func finish() throws -> StageOutcome {
        try optimizer.parameters.freeze()
        let end = options.stop.map { _ in
            let peak = position.peak.flatMap { $0.highest == nil ? nil : $0.step }
            return StageEnd(step: position.step, peakStep: peak, isByRule: hasPeaked)
        }
        try agree()
        try ranks.onFirst { try folder.finish(stage, identity: identity, end: end) }
        try control.observer?.training(.finished(stage: stage.name, weights: folder.weights))
        return .finished
    }

    private func readFinished() throws -> StageOutcome {
        try identity.check(matches: folder.readIdentity(), file: folder.record, steps: true)
        try optimizer.parameters.freeze()
        try folder.readWeights(into: stage.savedParameters)
        try folder.removeCheckpoint()
        try control.observer?.training(.alreadyFinished(stage: stage.name, weights: folder.weights))
        return .finished
    }

    private func names(of tasks: Set<Int>) -> [String] { tasks.sorted().map { source.tasks[$0].name } }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
