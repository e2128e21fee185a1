import Foundation
import M3DTData
import M3DTReports
import M3DTStorage
import M3DTTensor
import M3DTTraining

/// Trains and evaluates all runs of a study that are not finished, several at once, each in processes of its own.
///
/// A run is a folder as `m3dt train` and `m3dt evaluate` make it, and these two commands are what makes it. So a study that was stopped or
/// killed goes on where its runs were, and one run that fails does not stop the others.
public final class StudyRunner {
    public let plan: StudyPlan
    public let folder: StudyFolder
    /// What trains and acts.
    let device: Device
    let study: StudyDescription
    let data: TrajectoryStore
    let jobs: Int
    let progress: ProgressDisplay
    private let stop: StopRequest
    private var waiting: [StudyWork] = []
    private var running: [StudyWork] = []
    private var finished: [StudyWork] = []
    private var failures: [Failure] = []
    private var clock = StudyClock()

    /// A run that could not be trained or evaluated.
    public struct Failure: Sendable, Equatable {
        public let run: String
        public let reason: String
    }

    /// Plans a study.
    ///
    /// - Throws: What ``StudyPlan/init(_:data:)`` throws.
    public init(
        _ study: StudyDescription, data: TrajectoryStore, folder: StudyFolder, device: Device = .cpu,
        progress: ProgressDisplay, stop: StopRequest = StopRequest()
    ) throws {
        plan = try StudyPlan(study, data: data, device: device)
        jobs = study.jobs ?? ProcessInfo.processInfo.activeProcessorCount
        (self.study, self.data, self.folder, self.device) = (study, data, folder, device)
        (self.progress, self.stop) = (progress, stop)
    }

    /// Runs what is missing, then writes the tables and the report.
    ///
    /// - Returns: The runs that failed.
    /// - Throws: ``Interrupted`` where a stop is requested, when all runs have saved; ``RunError`` where the folder holds runs of
    ///   another study, before anything is started; ``StudyError/busy(folder:)``; `StorageError` or `ReportError` where a result cannot be
    ///   written.
    public func run() throws -> [Failure] {
        let lock = try FolderLock(folder.url, patienceSeconds: 30)
        defer { withExtendedLifetime(lock) {} }
        let works = try StudyPlan.works(plan.cells, in: folder)
        for work in works { try work.check(data) }
        try writeGrid()
        (finished, waiting) = (works.filter(\.isFinished), works.filter { !$0.isFinished })
        if !finished.isEmpty { progress.note("\(finished.count) of \(works.count) runs were finished before") }
        progress.begin(ProgressStage("study", total: works.reduce(0) { $0 + $1.newSteps }), at: stepsDone)
        try loop()
        guard waiting.isEmpty else { throw Interrupted() }
        try dropWeights()
        progress.end()
        try StudyReport.write(folder)
        return failures
    }

    private func loop() throws {
        var isStopping = false
        while true {
            for work in running where !work.poll() { try advance(work) }
            if stop.isRequested, !isStopping {
                isStopping = true
                for work in running { work.process?.askToStop() }
            }
            while !isStopping, running.count < jobs, let work = takeReady() { try begin(work) }
            if running.isEmpty, isStopping || waiting.isEmpty { return }
            progress.update(step: stepsDone, secondsLeft: secondsLeft)
            usleep(50_000)
        }
    }

    /// The first run that need not wait for a stage which it can take over from one that is being trained.
    private func takeReady() -> StudyWork? {
        let place = waiting.firstIndex { work in !running.contains { $0.isAboutToFinishStage(of: work) } }
        return place.map { waiting.remove(at: $0) }
    }

    private func begin(_ work: StudyWork) throws {
        running.append(work)
        attempt(work) {
            let others = (finished + running).filter { $0 !== work }.map { ($0.cell.recipe, $0.folder) }
            try SharedStages.take(for: work.cell.recipe, into: work.folder, from: others)
            try work.train(self)
        }
    }

    /// Goes on with a run whose process has ended.
    private func advance(_ work: StudyWork) throws {
        let isDone = work.process?.exitCode == 0
        if isDone, work.phase == .evaluating {
            attempt(work) { try work.finish() }
            if work.isFinished { try finish(work) }
        } else if stop.isRequested {
            // It has saved, or was not ready for that yet; why it ended if neither is found out next time.
            running.removeAll { $0 === work }
            waiting.insert(work, at: 0)
        } else if isDone {
            attempt(work) { try work.evaluate(self) }
        } else {
            fail(work, work.process?.reason ?? "")
        }
    }

    private func finish(_ work: StudyWork) throws {
        running.removeAll { $0 === work }
        finished.append(work)
        clock.add(work.cell.family, steps: work.newSteps - work.stepsBefore, seconds: work.seconds)
        let results = try StudyResults(folder)
        try results.table().write(to: folder.results)
        let score = results.score(of: work.cell.run).map { "mean score \(NumberText.fixed($0)), " } ?? ""
        let left = secondsLeft.map { ", \(NumberText.duration(seconds: $0)) left" } ?? ""
        progress.note(
            "[\(finished.count + failures.count)/\(plan.cells.count)] \(work.cell.title): "
                + "\(score)\(NumberText.duration(seconds: work.seconds))\(left)")
        try dropWeights()
    }

    /// Does a part of a run; what it throws is that run's failure alone.
    private func attempt(_ work: StudyWork, _ body: () throws -> Void) {
        do { try body() } catch { fail(work, "\(error)") }
    }

    private func fail(_ work: StudyWork, _ reason: String) {
        running.removeAll { $0 === work }
        failures.append(Failure(run: work.cell.folderName, reason: reason))
        progress.note("[\(finished.count + failures.count)/\(plan.cells.count)] \(work.cell.title): FAILED: \(reason)")
    }

    /// Removes the weights of finished runs that are not kept, and that no other run can take over.
    private func dropWeights() throws {
        guard study.keep != .all else { return }
        for work in finished where !(waiting + running).contains(where: { $0.sharesStage(with: work) }) {
            try work.dropWeights(policy: study.keep == .scores)
        }
    }

    private func writeGrid() throws {
        try Folder.create(folder.cells)
        try AtomicFile.write(study.yaml(), to: folder.study)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let grid = StudyGrid(name: study.name, baseline: plan.baseline, runs: plan.cells.map(\.run))
        try AtomicFile.write(encoder.encode(grid), to: folder.grid)
    }

    private var stepsDone: Int { (finished + running).reduce(0) { $0 + $1.stepsDone } }

    private var secondsLeft: Double? {
        var clock = clock
        var left: [String: Int] = [:]
        for work in running {
            clock.add(work.cell.family, steps: work.stepsDone - work.stepsBefore, seconds: work.seconds)
        }
        for work in waiting + running { left[work.cell.family, default: 0] += work.newSteps - work.stepsDone }
        return clock.secondsLeft(left, jobs: max(1, min(jobs, waiting.count + running.count)))
    }
}
