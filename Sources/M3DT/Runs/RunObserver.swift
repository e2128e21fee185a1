import Foundation
import M3DTReports
import M3DTTraining

/// Connects a training to its metrics files and to the progress on screen.
final class RunObserver: TrainingObserver {
    private let sink: any MetricsSink
    private let progress: ProgressDisplay
    /// Where a stage stands among the stages of the run, for the display.
    var position: ProgressStage.Position?

    init(sink: any MetricsSink, progress: ProgressDisplay) {
        self.sink = sink
        self.progress = progress
    }

    func training(_ event: TrainingEvent) throws {
        switch event {
        case .started(let stage, let step, let steps, let parts):
            for name in [stage] + parts { try sink.resume(stage: name, after: step) }
            progress.begin(ProgressStage(stage, total: steps, position: position), at: step)
        case .stepped(_, let step, let loss): progress.update(step: step, loss: loss)
        case .measured(let metrics):
            try sink.record(
                MetricsRecord(
                    stage: metrics.stage, step: metrics.step, wallSeconds: metrics.seconds, values: metrics.values))
        case .peaked(let stage, let step, let peak):
            progress.note("\(stage): stops after step \(step), since the tasks' conflict was highest at step \(peak)")
        case .saved: break
        case .finished: progress.end()
        case .alreadyFinished(let stage, _): progress.note("\(stage): finished before")
        }
    }
}
