import Foundation
import M3DTData
import M3DTReports
import M3DTSimulation
import M3DTTasks
import M3DTTraining

/// Makes a trajectory store with the demonstrators that ship with the program.
public struct Collection {
    public var tasks: [TaskSpecification]
    public var episodesPerTask: Int
    public var seed: UInt64
    /// How the episodes of native tasks are shared out among demonstrators; nothing for each task's own way.
    public var mixture: DemonstratorMixture?
    /// Who plays tasks that are played in workers.
    public var workerMixture = DemonstratorMixture.scripted
    /// Says which environment a task is that is played in a worker.
    public var describe: (TaskSpecification) throws -> PythonEnvironment = MetaWorld.environment(of:)
    /// Which of a task's episodes become prompts.
    public var prompts = PromptSelection()
    /// Episodes played at once.
    public var slots = 16
    private let progress: ProgressDisplay
    private let stop: StopRequest

    public init(
        tasks: [TaskSpecification], episodesPerTask: Int = 100, seed: UInt64 = 0, progress: ProgressDisplay,
        stop: StopRequest = StopRequest()
    ) {
        self.tasks = tasks
        self.episodesPerTask = episodesPerTask
        self.seed = seed
        self.progress = progress
        self.stop = stop
    }

    /// Records all tasks; those that are in the store already are kept.
    ///
    /// The same tasks, numbers and seed give the same store, byte for byte.
    /// - Throws: `SimulationError` where a task has no demonstrator and `WorkerError` where it needs Python packages that are
    ///   not installed, before anything is recorded; `DataError` where the folder holds another store, `StorageError` where
    ///   the disk is full; ``Interrupted`` where a stop is requested. Whole tasks stay.
    @discardableResult
    public func run(into folder: URL) throws -> TrajectoryStore {
        let demonstrations = Demonstrations(
            library: try DemonstratorLibrary.load(), actors: try ActorLibrary.load(),
            batch: NativeEnvironments().batch(slots: slots))
        try demonstrations.check(tasks.filter(NativeEnvironments.simulates), mixture: mixture)
        for task in tasks where !NativeEnvironments.simulates(task) { try describe(task).launch.check() }
        let writer = try TrajectoryStoreWriter(folder, recipe: recipe(demonstrations), resume: true)
        let players = EpisodeWorkers(describe: describe)
        let workers = WorkerDemonstrations(workers: players)
        let done = Set(writer.finishedTasks)
        let counted = CollectionProgress(progress, tasks: tasks, episodes: episodesPerTask)
        defer { counted.end() }
        func collect(_ task: TaskSpecification) throws {
            let recorder = try writer.record(task)
            if NativeEnvironments.simulates(task) {
                let plan = try demonstrations.plan(task: task, episodes: episodesPerTask, mixture: mixture, seed: seed)
                func step(_: EpisodeStep) throws {
                    counted.step()
                    if stop.isRequested { throw Interrupted() }
                }
                try demonstrations.collect(plan, onStep: step) { try recorder.append($0) }
            } else {
                try workers.collect(
                    task: task, episodes: episodesPerTask, mixture: workerMixture, seed: seed
                ) { trajectory in
                    try recorder.append(trajectory)
                    counted.episode(trajectory)
                    if stop.isRequested { throw Interrupted() }
                }
            }
            try Versions.note(players.versions, in: folder.appendingPathComponent(Versions.fileName))
            try recorder.finish()
        }
        for task in tasks {
            if !done.contains(task.name) { try collect(task) }
            counted.finish(task)
        }
        return try TrajectoryStore(folder)
    }

    private func recipe(_ demonstrations: Demonstrations) -> StoreRecipe {
        var mixtures: [String] = []
        for task in tasks where NativeEnvironments.simulates(task) {
            let text = Self.text(mixture ?? demonstrations.mixture(for: task))
            if !mixtures.contains(text) { mixtures.append(text) }
        }
        return StoreRecipe(
            name: "collect", seed: seed,
            settings: [
                "episodes": "\(episodesPerTask)", "mixture": mixtures.joined(separator: "; "),
                "workerMixture": Self.text(workerMixture),
            ], prompts: prompts)
    }

    private static func text(_ mixture: DemonstratorMixture) -> String {
        mixture.parts.map { "\($0.label) \($0.share) \($0.actionNoise)" }.joined(separator: ", ")
    }
}
