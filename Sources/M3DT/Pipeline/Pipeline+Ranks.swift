import Foundation
import M3DTRanks
import M3DTReports
import M3DTTraining

// What the ranks of a run train each by itself.
extension Pipeline {
    /// Deals out what does not depend on each other: rank r of R trains the numbers that leave r when divided by R, and nothing
    /// differs from one process that trains them all.
    ///
    /// - Parameters:
    ///   - count: How many there are.
    ///   - place: The name and the folder of a number's stage.
    ///   - train: Trains a number's stage under a control that knows of no other ranks.
    /// - Returns: The same on all ranks: finished, or where one of them was stopped.
    /// - Throws: What training throws.
    func deal(
        _ numbers: some Sequence<Int>, of count: Int, place: (Int) -> (name: String, folder: URL),
        _ train: (Int, TrainingControl) throws -> StageOutcome
    ) throws -> StageOutcome {
        let observer = try ownObserver()
        let own = TrainingControl(observer: observer, stop: control.stop)
        var stop: (number: Int, step: Int)?
        for number in numbers where number % ranks.count == ranks.rank {
            observer.position = .init(number + 1, of: count)
            guard case .stopped(_, let step, _) = try train(number, own) else { continue }
            stop = (number, step)
            break
        }
        let stops = try ranks.gather([stop.map { Double($0.number) } ?? -1, stop.map { Double($0.step) } ?? 0])
        try ranks.onFirst { try RankMetrics(run: run).takeOver(into: sink) }
        guard let first = stops.first(where: { $0[0] >= 0 }) else { return .finished }
        let stopped = place(Int(first[0]))
        return .stopped(
            stage: stopped.name, step: Int(first[1]), checkpoint: StageFolder(stopped.folder).checkpointFile)
    }

    /// The first rank's observer writes the run's own metrics, the others' to files of their own.
    private func ownObserver() throws -> RunObserver {
        ranks.isFirst
            ? observer
            : RunObserver(sink: try RankMetrics(run: run).log(of: ranks.rank), progress: ProgressDisplay(style: .quiet))
    }
}
