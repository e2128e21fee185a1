import Foundation
import M3DTData
import M3DTReports
import M3DTStorage
import M3DTTraining

/// A cell of a study while the study runs: its folder, its process, and how far it has come.
final class StudyWork {
    enum Phase { case training, evaluating }

    let cell: StudyCell
    let study: StudyFolder
    /// Steps that no run before it in the study's order has done for it.
    let newSteps: Int
    private let keys: [(stage: StageKind, key: String)]
    private(set) var phase = Phase.training
    private(set) var process: CellProcess?
    private var begun: Date?
    /// Of the new steps, those that were done when this process of the study began with the run.
    private(set) var stepsBefore = 0
    private var isEvaluated = false

    init(_ cell: StudyCell, in study: StudyFolder, newSteps: Int, keys: [(stage: StageKind, key: String)]) {
        (self.cell, self.study, self.newSteps, self.keys) = (cell, study, newSteps, keys)
    }

    var folder: RunFolder { RunFolder(study.cell(cell.run)) }
    var isFinished: Bool { FileManager.default.fileExists(atPath: study.cost(cell.run).path) }
    /// Since this process of the study began with the run.
    var seconds: Double { begun.map { -$0.timeIntervalSinceNow } ?? 0 }

    /// Of the new steps, those that are done.
    var stepsDone: Int {
        if isEvaluated || phase == .evaluating { return newSteps }
        return max(process?.position.map(newSteps(at:)) ?? 0, stepsBefore)
    }

    /// Checks that what is in the folder already, finished or not, is of this cell and this data.
    ///
    /// - Throws: ``RunError``.
    func check(_ data: TrajectoryStore) throws {
        isEvaluated = isFinished
        guard folder.isRun else { return }
        let hashes = try cell.tasks.map { ($0.name, try data.storedTask($0.name).crc32) }
        try folder.open(cell.recipe, data: Dictionary(uniqueKeysWithValues: hashes))
    }

    /// Takes in what the process says; whether it is still there.
    func poll() -> Bool {
        let isRunning = process?.poll() ?? false
        if phase == .training, let first = process?.first { stepsBefore = newSteps(at: first) }
        return isRunning
    }

    /// Of the new steps, those that are done at a position.
    private func newSteps(at position: CellProcess.Position) -> Int {
        let all = cell.stepsDone(stage: position.stage, step: position.step)
        return min(max(all - (cell.steps - newSteps), 0), newSteps)
    }

    /// Another run can take over a stage that this one has not finished yet.
    func isAboutToFinishStage(of other: StudyWork) -> Bool {
        shared(with: other).contains {
            !folder.hasFinished($0, of: cell.recipe) && !other.folder.hasFinished($0, of: other.cell.recipe)
        }
    }

    func sharesStage(with other: StudyWork) -> Bool { !shared(with: other).isEmpty }

    private func shared(with other: StudyWork) -> [StageKind] {
        zip(keys, other.keys).filter { $0.key == $1.key }.map(\.0.stage)
    }
}

// What is done, one after the other.
extension StudyWork {
    /// Starts to train, or to go on training.
    ///
    /// - Throws: `StorageError`, `WorkerError`.
    func train(_ runner: StudyRunner) throws {
        begun = Date()
        try Folder.create(folder.url)
        let recipe = folder.url.appendingPathComponent("recipe.yaml")
        try AtomicFile.write(cell.recipe.yaml(), to: recipe)
        process = try runner.start([
            "train", "--recipe", recipe.path, "--data", runner.data.folder.path, "--run", folder.url.path,
        ])
    }

    /// Starts to evaluate.
    ///
    /// - Throws: `WorkerError`.
    func evaluate(_ runner: StudyRunner) throws {
        phase = .evaluating
        process = try runner.start(["evaluate", "--run", folder.url.path] + runner.taskFiles)
    }

    /// Notes what the run has cost, which makes it finished.
    ///
    /// - Throws: `StorageError`, `ReportError`.
    func finish() throws {
        let weights = try SafetensorsFile(contentsOf: folder.policy.appendingPathComponent("weights.safetensors"))
        let parameters = weights.entries.values.filter { $0.type == .float32 }
            .reduce(0) { $0 + $1.shape.reduce(1, *) }
        let stages = Dictionary(grouping: try MetricsLog.read(folder.metrics), by: \.stage).values
        let seconds = stages.reduce(0) { $0 + ($1.map(\.wallSeconds).max() ?? 0) }
        let cost = StudyCost(parameters: parameters, trainingSeconds: seconds)
        try AtomicFile.write(JSONEncoder().encode(cost), to: study.cost(cell.run))
        isEvaluated = true
    }

    /// Removes the weights of the stages, and of the policy where that is not kept either.
    ///
    /// - Throws: Where a folder cannot be removed.
    func dropWeights(policy: Bool) throws {
        let stages = [folder.backbone, folder.experts, folder.router, folder.joint, folder.agents]
        for place in stages + (policy ? [folder.policy] : []) where FileManager.default.fileExists(atPath: place.path) {
            try FileManager.default.removeItem(at: place)
        }
    }
}

extension StudyRunner {
    /// Starts a command of this very program, which may have been built anew meanwhile; it reports as JSON and stops when this
    /// process ends.
    func start(_ arguments: [String]) throws -> CellProcess {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        return try CellProcess(
            program: OwnProgram.path,
            arguments: arguments + ["--device", device.description, "--json", "--end-with-input"],
            threads: max(1, processors / jobs))
    }

    /// The options that name the task files beside the data.
    var taskFiles: [String] {
        let tasks = data.folder.appendingPathComponent(KnownTasks.folderName)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks.path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().flatMap {
            ["--task-file", tasks.appendingPathComponent($0).path]
        }
    }
}

extension StudyPlan {
    /// The work on each cell.
    static func works(_ cells: [StudyCell], in folder: StudyFolder) throws -> [StudyWork] {
        var seen: Set<String> = []
        return try cells.map { cell in
            let keys = try SharedStages.keys(of: cell.recipe)
            let taken = keys.filter { !seen.insert($0.key).inserted }.map(\.stage)
            return StudyWork(cell, in: folder, newSteps: cell.steps - cell.steps(of: taken), keys: keys)
        }
    }
}

extension StudyCell {
    /// The cell as reports know it.
    public var run: StudyRun {
        StudyRun(
            folder: folderName, method: method, family: family, experts: experts, set: set, taskCount: tasks.count,
            seed: seed, steps: steps)
    }

    fileprivate func steps(of stages: [StageKind]) -> Int {
        stages.reduce(0) { sum, stage in
            switch stage {
            case .backbone: sum + recipe.backbone.steps
            case .experts: sum + recipe.grouping.experts * recipe.experts.steps
            default: sum
            }
        }
    }
}
