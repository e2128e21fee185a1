import Foundation
import M3DTStorage
import M3DTTasks

/// Trains the demonstrators of native tasks by a plan of searches, each starting from the one before it where that helps.
///
/// Every search saves its state in the folder after each look at its policy; a second run goes on from there.
public struct DemonstratorTraining {
    /// One search of the plan.
    public struct Search: Sendable, Hashable {
        /// Names the file of its state.
        public let name: String
        public let tasks: [TaskSpecification]
        /// The searches of which the one with the best policy is where this one starts; none to start from nothing.
        public let starts: [String]
        public let settings: ARSSettings
    }

    /// What a search left in its file.
    struct Record: Codable {
        let settings: ARSSettings
        var state: ARSState
    }

    public let plan: [Search]
    private let folder: URL
    let factory: EnvironmentFactory

    /// - Parameter folder: Where the states are kept; it must exist.
    public init(plan: [Search], folder: URL, factory: @escaping EnvironmentFactory) {
        self.plan = plan
        self.folder = folder
        self.factory = factory
    }

    /// Runs what is left of the plan.
    ///
    /// - Parameter onSnapshot: Told of each look at a policy.
    /// - Throws: ``SimulationError/otherSettings(path:)`` where the folder holds a search with other settings;
    ///   ``EnvironmentError`` where the simulation fails; a storage error where a state cannot be saved.
    public func run(team: WorkerTeam, onSnapshot: (Search, ARSSnapshot) -> Void = { _, _ in }) throws {
        for search in plan {
            let trainer = ARSTrainer(
                problem: try ARSProblem(tasks: search.tasks, factory: factory), settings: search.settings, team: team,
                state: try startingState(of: search))
            try trainer.run { state in
                try save(Record(settings: search.settings, state: state), of: search)
                if let last = state.snapshots.last { onSnapshot(search, last) }
            }
        }
    }

    /// The finished or unfinished state of a search, if it was begun.
    ///
    /// - Throws: ``SimulationError/otherSettings(path:)``; an error of the file or its contents.
    func record(of name: String) throws -> Record? {
        let file = file(of: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: file))
        guard let search = plan.first(where: { $0.name == name }), record.settings == search.settings else {
            throw SimulationError.otherSettings(path: file.path)
        }
        return record
    }

    private func startingState(of search: Search) throws -> ARSState? {
        if let record = try record(of: search.name) { return record.state }
        let starts = try search.starts.compactMap { try record(of: $0)?.state }
        return starts.max { ($0.best?.meanReturn ?? -.infinity) < ($1.best?.meanReturn ?? -.infinity) }?.warmStart
    }

    private func save(_ record: Record, of search: Search) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try AtomicFile.write(try encoder.encode(record), to: file(of: search.name))
    }

    private func file(of name: String) -> URL { folder.appendingPathComponent(name + ".json") }
}

extension DemonstratorTraining {
    /// The searches that made the demonstrators that ship with the package.
    ///
    /// The cheetah tries several times to learn a slow and a faster speed from nothing; the best way found for each is
    /// then taken from goal to goal, upwards and downwards. The ant learns all headings at once, since they look alike to
    /// it (``AntFrame``).
    public static func standardPlan(tasks: [TaskSpecification]) -> [Search] {
        let cheetahs = tasks.filter { $0.domain == .cheetahVel }.sorted { ($0.goal ?? 0) < ($1.goal ?? 0) }
        // A slow gait does not come out of a fast one: below a quarter of the highest speed it is learnt apart.
        let slowCount = (cheetahs.count + 3) / 4 + 1
        return cheetahPlan(Array(cheetahs.prefix(slowCount))) + cheetahPlan(Array(cheetahs.dropFirst(slowCount)))
            + antPlan(tasks.filter { $0.domain == .antDir })
    }

    /// The plan for goals that a single gait serves, in ascending order.
    private static func cheetahPlan(_ tasks: [TaskSpecification]) -> [Search] {
        guard !tasks.isEmpty else { return [] }
        let middle = min((tasks.count + 1) / 2, tasks.count - 1)
        var settings = ARSSettings()
        settings.iterations = 160
        var scouts: [Search] = []
        for seed in 1...8 {
            settings.seed = UInt64(seed)
            let name = "\(tasks[middle].name)-scout-\(seed)"
            scouts.append(Search(name: name, tasks: [tasks[middle]], starts: [], settings: settings))
        }
        (settings.seed, settings.stepSize, settings.noise) = (0, 0.01, 0.015)
        func search(_ index: Int, from starts: [String], iterations: Int) -> Search {
            settings.iterations = iterations
            return Search(name: tasks[index].name, tasks: [tasks[index]], starts: starts, settings: settings)
        }
        let first = search(middle, from: scouts.map(\.name), iterations: 300)
        let faster = (middle + 1..<tasks.count).map { search($0, from: [tasks[$0 - 1].name], iterations: 300) }
        let slower = (0..<middle).reversed().map { search($0, from: [tasks[$0 + 1].name], iterations: 200) }
        return scouts + [first] + faster + slower
    }

    private static func antPlan(_ tasks: [TaskSpecification]) -> [Search] {
        guard !tasks.isEmpty else { return [] }
        var settings = ARSSettings()
        settings.directions = 32
        settings.best = 16
        settings.noise = 0.03
        settings.iterations = 200
        settings.evaluationInterval = 10
        return [Search(name: Domain.antDir.rawValue, tasks: tasks, starts: [], settings: settings)]
    }
}
