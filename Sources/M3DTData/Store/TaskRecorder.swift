// Shapes: N steps of all episodes, E episodes.

import Foundation
import M3DTStorage
import M3DTTasks

/// Takes in the episodes of one task, and puts them into the store when all are there.
///
/// No more than 64 MiB of steps and an episode are held in memory; the others wait in unfinished files in the store's folder. A recorder
/// that is dropped before ``finish()`` leaves nothing behind; what a killed process left is removed by the next recorder
/// of the task. One thread at a time.
public final class TaskRecorder {
    public let task: TaskSpecification
    private let writer: TrajectoryStoreWriter
    private let prompts: PromptSelection
    private let origin: [String: String]?
    private let chunkBytes: Int
    private var table = EpisodeTable()
    private var pending = StepColumns()
    private var chunks: [SafetensorsFile] = []
    private var isFinished = false

    /// - Parameter chunkBytes: How much is held in memory before it is moved to an unfinished file.
    init(
        _ task: TaskSpecification, writer: TrajectoryStoreWriter, prompts: PromptSelection, origin: [String: String]?,
        chunkBytes: Int
    ) {
        self.task = task
        self.writer = writer
        self.prompts = prompts
        self.origin = origin
        self.chunkBytes = chunkBytes
        removeChunks()
    }

    deinit {
        removeChunks()
        writer.release(task.name)
    }

    /// The number of episodes taken in so far.
    public var episodes: Int { table.episodeCount }

    /// Takes in an episode.
    ///
    /// - Parameter isPrompt: It is to be a prompt where prompts are given (``PromptSelection/Rule/given``).
    /// - Throws: ``DataError`` where it is of another task, has other widths, is empty or holds a number that is not
    ///   finite, and `StorageError` if the disk is full; what was taken in before stays.
    public func append(_ trajectory: Trajectory, isPrompt: Bool = false) throws {
        try trajectory.check(fits: task, episode: table.episodeCount)
        if pending.byteCount >= chunkBytes { try flush() }
        table.append(trajectory, isPrompt: isPrompt)
        pending.append(trajectory)
    }

    /// Puts the task into the store.
    ///
    /// - Precondition: It was not put there before.
    /// - Throws: ``DataError`` where too few episodes were taken in to train on, `StorageError` if the disk is full.
    @discardableResult
    public func finish() throws -> StoredTask {
        precondition(!isFinished, "task \(task.name) is in the store already")
        try table.assignRoles(task: task.name, prompts)
        let file = StoreManifest.fileName(of: task.name)
        let url = writer.folder.appendingPathComponent(file)
        let names = try JSONEncoder().encode(table.sources)
        try SafetensorsWriter.write(
            to: url,
            metadata: [
                TaskTrajectories.taskKey: task.name,
                TaskTrajectories.sourcesKey: String(decoding: names, as: UTF8.self),
            ],
            tensors: StoreColumn.allCases.map(tensor))
        let trajectories = try TaskTrajectories(
            contentsOf: url, task: task, steps: table.stepCount, episodes: table.episodeCount)
        let stored = StoredTask(
            specification: task, file: file,
            bytes: try MappedFile(url).count, crc32: try Checksum.crc32(ofFile: url),
            episodes: table.episodeCount, promptEpisodes: trajectories.episodes(.prompt).count, steps: table.stepCount,
            sources: table.sources, statistics: TaskStatistics(trajectories), origin: origin)
        try writer.add(stored)
        isFinished = true
        return stored
    }

    private func tensor(_ column: StoreColumn) -> SafetensorsTensor {
        let shape = column.shape(task: task, steps: table.stepCount, episodes: table.episodeCount)
        let name = column.rawValue
        return switch column {
        case .episodeOffsets: SafetensorsTensor(name: name, shape: shape, values: table.offsets)
        case .seeds: SafetensorsTensor(name: name, shape: shape, values: table.seeds)
        case .source: SafetensorsTensor(name: name, shape: shape, values: table.sourceIndices)
        case .terminated: SafetensorsTensor(name: name, shape: shape, values: table.terminated)
        case .role: SafetensorsTensor(name: name, shape: shape, values: table.roles)
        case .observations, .actions, .rewards, .returnsToGo, .success:
            SafetensorsTensor(name: name, type: column.type, shape: shape) { [chunks, pending] sink in
                for chunk in chunks { try chunk.withUnsafeBytes(of: name) { try sink.write($0) } }
                try pending.withUnsafeBytes(of: column) { try sink.write($0) }
            }
        }
    }

    // MARK: Unfinished files

    private var chunkFolder: URL {
        writer.folder.appendingPathComponent(".recording-\(task.name)", isDirectory: true)
    }

    /// Moves the steps in memory to an unfinished file.
    private func flush() throws {
        try Folder.create(chunkFolder)
        let url = chunkFolder.appendingPathComponent("\(chunks.count).safetensors")
        try SafetensorsWriter.write(to: url, tensors: pending.tensors())
        chunks.append(try SafetensorsFile(contentsOf: url))
        pending = StepColumns()
    }

    private func removeChunks() {
        try? FileManager.default.removeItem(at: chunkFolder)
    }
}

/// The columns that have one entry for each step.
private struct StepColumns {
    private var observations: [Float] = []
    private var actions: [Float] = []
    private var rewards: [Float] = []
    private var returnsToGo: [Float] = []
    private var successes: [UInt8] = []

    private static let names: [StoreColumn] = [.observations, .actions, .rewards, .returnsToGo, .success]

    var byteCount: Int {
        4 * (observations.count + actions.count + rewards.count + returnsToGo.count) + successes.count
    }

    mutating func append(_ trajectory: Trajectory) {
        observations += trajectory.observations
        actions += trajectory.actions
        rewards += trajectory.rewards
        returnsToGo += trajectory.rewards.returnsToGo
        successes += trajectory.successes.map { $0 ? 1 : 0 }
    }

    func withUnsafeBytes(of column: StoreColumn, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        switch column {
        case .observations: try observations.withUnsafeBytes(body)
        case .actions: try actions.withUnsafeBytes(body)
        case .rewards: try rewards.withUnsafeBytes(body)
        case .returnsToGo: try returnsToGo.withUnsafeBytes(body)
        case .success: try successes.withUnsafeBytes(body)
        case .episodeOffsets, .seeds, .source, .terminated, .role: return
        }
    }

    func tensors() -> [SafetensorsTensor] {
        Self.names.map { column in
            var bytes = 0
            withUnsafeBytes(of: column) { bytes = $0.count }
            return SafetensorsTensor(
                name: column.rawValue, type: column.type, shape: [bytes / column.type.byteCount]
            ) { sink in try withUnsafeBytes(of: column) { try sink.write($0) } }
        }
    }
}
