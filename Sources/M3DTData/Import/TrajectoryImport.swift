import Foundation
import M3DTStorage
import M3DTTasks

/// Takes trajectories of another project into a trajectory store.
///
/// A task's files are read twice: first to find every fault in them and what they hold, then to take them in. A task is
/// in the store as a whole or not at all; where an import fails or is stopped, the tasks before stay, and the same
/// import goes on with those that are missing.
public struct TrajectoryImport {
    /// The tasks that are known; others come in as their data suggests.
    public var registry: TaskRegistry
    /// Of each foreign name the name that it is given here.
    public var renames: [String: String] = [:]
    public var partial = PartialEpisodes.keep
    public var innerEnds = InnerEnds.refuse
    /// The time limit of tasks that are not known; nothing: their longest episode.
    public var episodeSteps: Int?
    public var prompts: PromptSelection
    private let format: ForeignFormat
    private let source: any ForeignTrajectories

    public init(_ source: any ForeignTrajectories, format: ForeignFormat, registry: TaskRegistry = .standard) {
        self.source = source
        self.format = format
        self.registry = registry
        prompts = format.prompts
    }

    /// Reads texts of the form `FROM=TO`.
    ///
    /// - Throws: ``DataError`` where one has another form.
    public static func renames(_ texts: [String]) throws -> [String: String] { try ForeignTaskNames.renames(texts) }

    /// What happens while an import runs.
    public enum Event: Sendable {
        /// Of each task, before anything else: its place among all.
        case task(String, index: Int, count: Int)
        /// Its steps that were checked so far.
        case checked(steps: Int)
        /// Its steps that were taken in so far.
        case taken(steps: Int, of: Int)
        case finished(ImportedTask)
    }

    /// The tasks that would come in: their name here, and their files.
    ///
    /// - Parameter words: Which tasks, as ``TaskRegistry/select(_:)`` reads it; all that the files hold where it is empty.
    /// - Throws: ``DataError``, `TaskError` where a word names nothing.
    public func candidates(_ words: [String] = []) throws -> [ImportCandidate] {
        let foreign = try source.tasks()
        let meanings = try ForeignTaskNames(registry: registry, renames: renames).meanings(of: foreign)
        let found = zip(foreign, meanings).map { ImportCandidate(foreign: $0, meaning: $1) }
        if words.isEmpty { return found }
        var all = registry
        for case .new(let name) in meanings { try all.register(.unknown(named: name)) }
        let chosen = try all.select(words).map(\.name)
        let missing = chosen.filter { name in !found.contains { $0.name == name } }
        guard missing.isEmpty else { throw DataError(.notInSource(missing)) }
        return found.filter { chosen.contains($0.name) }
    }

    /// Says what would come in, without writing anything.
    ///
    /// - Throws: ``DataError`` for the first fault in any file, and what `onEvent` throws.
    public func rehearse(
        _ candidates: [ImportCandidate], onEvent: (Event) throws -> Void = { _ in }
    ) throws -> [ImportedTask] {
        try each(candidates, onEvent) { try examine($0, onEvent) }
    }

    /// Takes the tasks in; those that are in the store from before are kept.
    ///
    /// - Throws: ``DataError`` for the first fault, and where the store was made otherwise; `StorageError` where the disk
    ///   is full; what `onEvent` throws.
    public func run(
        _ candidates: [ImportCandidate], into folder: URL, onEvent: (Event) throws -> Void = { _ in }
    ) throws -> [ImportedTask] {
        let writer = try TrajectoryStoreWriter(folder, recipe: Self.recipe, resume: true)
        let finished = Set(writer.finishedTasks)
        return try each(candidates, onEvent) { candidate in
            if finished.contains(candidate.name) { return try kept(candidate, in: folder) }
            let task = try examine(candidate, onEvent)
            try take(task, writer, onEvent)
            return task
        }
    }

    /// What a store says it was made from. What differs between imports is noted with each task.
    public static let recipe = StoreRecipe(name: "import", seed: 0)

    private func each(
        _ candidates: [ImportCandidate], _ onEvent: (Event) throws -> Void,
        _ work: (ImportCandidate) throws -> ImportedTask
    ) throws -> [ImportedTask] {
        try candidates.enumerated().map { index, candidate in
            try onEvent(.task(candidate.name, index: index, count: candidates.count))
            let task = try work(candidate)
            try onEvent(.finished(task))
            return task
        }
    }

    /// Reads all of a task's files and decides what it is.
    private func examine(_ candidate: ImportCandidate, _ onEvent: (Event) throws -> Void) throws -> ImportedTask {
        let foreign = candidate.foreign.name
        let scan = try source.scan(foreign, reading(candidate.known)) { try onEvent(.checked(steps: $0)) }
        let task =
            candidate.known
            ?? TaskSpecification(name: candidate.name, suggestedBy: scan, episodeSteps: episodeSteps)
        try task.check(scan, foreignName: foreign)
        let imported = ImportedTask(
            foreign: candidate.foreign, specification: task, scan: scan, isKnown: candidate.known != nil,
            partial: partial)
        let wanted = prompts.rule == .given ? scan.promptEpisodes : prompts.episodes
        guard imported.episodes > wanted else {
            throw DataError(.tooFewEpisodes(found: imported.episodes, prompts: wanted), task: foreign)
        }
        return imported
    }

    private func take(
        _ task: ImportedTask, _ writer: TrajectoryStoreWriter, _ onEvent: (Event) throws -> Void
    ) throws {
        let recorder = try writer.record(task.specification, prompts: prompts, origin: origin)
        var steps = 0
        try source.read(
            task.foreign.name, as: task.specification, reading(task.specification), partial: partial
        ) { episode in
            try recorder.append(episode.trajectory, isPrompt: episode.isPrompt)
            steps += episode.trajectory.steps
            try onEvent(.taken(steps: steps, of: task.scan?.steps ?? steps))
        }
        try recorder.finish()
    }

    /// A task that is in the store already.
    private func kept(_ candidate: ImportCandidate, in folder: URL) throws -> ImportedTask {
        let stored = try TrajectoryStore(folder).storedTask(candidate.name)
        guard stored.origin == origin else {
            throw DataError(.otherOrigin(stored.origin.map(Self.text) ?? "in another way"), task: candidate.name)
        }
        return ImportedTask(foreign: candidate.foreign, kept: stored)
    }

    private func reading(_ task: TaskSpecification?) -> ForeignReading {
        ForeignReading(episodeSteps: task?.episodeSteps ?? episodeSteps, innerEnds: innerEnds)
    }

    /// What the contents of a task depend on beside its files.
    private var origin: [String: String] {
        [
            "format": format.rawValue, "innerEnds": innerEnds.rawValue, "partial": partial.rawValue,
            "prompts": "\(prompts.rule.rawValue) \(prompts.episodes)",
        ]
    }

    private static func text(_ origin: [String: String]) -> String {
        "with " + origin.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

/// A task of the files, and what it is here.
public struct ImportCandidate: Sendable {
    public let foreign: ForeignTask
    let meaning: ForeignTaskNames.Meaning

    /// The task's name here.
    public var name: String { meaning.name }

    var known: TaskSpecification? {
        guard case .known(let task) = meaning else { return nil }
        return task
    }
}

extension TaskSpecification {
    /// A task of which nothing but the name is known yet.
    fileprivate static func unknown(named name: String) -> TaskSpecification {
        TaskSpecification(
            name: name, domain: .custom, observationWidth: 1, actionWidth: 1, episodeSteps: 1, targetReturn: 0,
            returnScale: 1, score: .success, evaluationEpisodes: 1)
    }
}
