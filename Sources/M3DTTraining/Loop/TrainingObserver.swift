import Foundation
import M3DTRanks

/// What a training tells of itself.
public enum TrainingEvent: Sendable, Equatable {
    /// A stage begins or goes on; `step` steps are done. Metrics after that step are void, also those of the parts of a stage that has
    /// several: they will be measured again.
    case started(stage: String, step: Int, steps: Int, parts: [String] = [])
    /// `step` steps are done now; the loss is the mean of the parts'.
    case stepped(stage: String, step: Int, loss: Double)
    case measured(StageMetrics)
    /// The stage ends now, because its conflict was highest at `peak` and no more since.
    case peaked(stage: String, step: Int, peak: Int)
    /// A checkpoint has reached the disk.
    case saved(stage: String, step: Int, checkpoint: URL)
    case finished(stage: String, weights: URL)
    /// The stage was finished before, and its weights have been read.
    case alreadyFinished(stage: String, weights: URL)
}

/// Listens to a training, on the training's thread.
public protocol TrainingObserver: AnyObject {
    /// Takes a message; an error stops the training.
    ///
    /// - Throws: Whatever makes going on pointless, such as a full disk.
    func training(_ event: TrainingEvent) throws
}

/// Numbers measured after a step of a stage, by the names that users of the reference know.
public struct StageMetrics: Sendable, Equatable {
    public let stage: String
    /// Optimiser steps done.
    public let step: Int
    /// Seconds of work on the stage so far, pauses left out.
    public let seconds: Double
    /// Such as `training/train_loss_mean`.
    public let values: [String: Double]

    public init(stage: String, step: Int, seconds: Double, values: [String: Double]) {
        self.stage = stage
        self.step = step
        self.seconds = seconds
        self.values = values
    }
}

/// What surrounds a training and has no influence on its result.
public struct TrainingControl {
    public var observer: (any TrainingObserver)?
    public var stop: StopRequest
    /// Threads that make batches ahead.
    public var batchWorkers: Int
    /// The processes that train together. Default: this one alone.
    public var ranks: any RankGroup

    public init(
        observer: (any TrainingObserver)? = nil, stop: StopRequest = StopRequest(), batchWorkers: Int = 1,
        ranks: any RankGroup = OneProcess()
    ) {
        self.observer = observer
        self.stop = stop
        self.batchWorkers = batchWorkers
        self.ranks = ranks
    }
}

/// How a training ended.
public enum StageOutcome: Sendable, Equatable {
    case finished
    /// Stopped on request; running it again goes on from the checkpoint.
    case stopped(stage: String, step: Int, checkpoint: URL)
}
