// Shapes: N steps of all episodes, E episodes.

import Foundation
import M3DTStorage
import M3DTTasks

extension TaskTrajectories {
    static let sourcesKey = "sources"
    static let taskKey = "task"

    /// Maps the file of a task and checks all that can be checked without reading the steps.
    ///
    /// - Throws: ``DataError`` where the file is missing, damaged or not what is expected.
    init(
        contentsOf url: URL, task: TaskSpecification, steps: Int, episodes: Int, statistics: TaskStatistics? = nil,
        checksum: String? = nil
    ) throws {
        let reader = try TaskFileReader(url, task: task, steps: steps, episodes: episodes)
        self.init(
            task: task,
            sources: try reader.sources(),
            observations: try reader.column(.observations),
            actions: try reader.column(.actions),
            rewards: try reader.column(.rewards),
            returnsToGo: try reader.column(.returnsToGo),
            successes: try reader.column(.success),
            offsets: try reader.column(.episodeOffsets),
            terminated: try reader.column(.terminated),
            sourceIndices: try reader.column(.source),
            seeds: try reader.column(.seeds),
            roles: try reader.column(.role),
            recordedStatistics: statistics,
            recordedChecksum: checksum
        )
        try checkEpisodes(file: url.path)
    }

    /// Checks the columns that have one entry for each episode.
    private func checkEpisodes(file: String) throws {
        func fail(_ problem: DataError.Problem, _ column: StoreColumn) -> DataError {
            DataError(problem, task: task.name, file: file, key: column.rawValue)
        }
        guard offsets[0] == 0 else { throw fail(.offsets(episode: 0), .episodeOffsets) }
        for episode in 0..<episodeCount where offsets[episode] >= offsets[episode + 1] {
            throw fail(.offsets(episode: episode), .episodeOffsets)
        }
        guard offsets[episodeCount] == stepCount else {
            throw fail(.offsets(episode: episodeCount - 1), .episodeOffsets)
        }
        let bounds: [(StoreColumn, Int, (Int) -> Int)] = [
            (.terminated, 2, { Int(terminated[$0]) }), (.role, 2, { Int(roles[$0]) }),
            (.source, sources.count, { Int(sourceIndices[$0]) }),
        ]
        for (column, bound, value) in bounds {
            for episode in 0..<episodeCount where !(0..<bound).contains(value(episode)) {
                throw fail(.outOfRange(index: episode, value: value(episode), bound: bound), column)
            }
        }
    }
}

/// Finds the columns of a task's file.
private struct TaskFileReader {
    let file: SafetensorsFile
    let task: TaskSpecification
    let steps: Int
    let episodes: Int

    init(_ url: URL, task: TaskSpecification, steps: Int, episodes: Int) throws {
        do {
            file = try SafetensorsFile(contentsOf: url)
        } catch let error as StorageError {
            throw DataError(.storage(error), task: task.name)
        }
        self.task = task
        self.steps = steps
        self.episodes = episodes
        let found = file.metadata[TaskTrajectories.taskKey]
        guard found == task.name else { throw fail(.otherTask(found: found)) }
    }

    func sources() throws -> [String] {
        let text = file.metadata[TaskTrajectories.sourcesKey] ?? ""
        guard let sources = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw fail(.sourceNames)
        }
        return sources
    }

    func column<Element: StoredElement>(_ column: StoreColumn) throws -> Column<Element> {
        guard let entry = file.entries[column.rawValue] else { throw fail(.columnMissing, column) }
        guard entry.type == column.type else {
            throw fail(.columnType(expected: column.type, found: entry.type), column)
        }
        let shape = column.shape(task: task, steps: steps, episodes: episodes)
        guard entry.shape == shape else { throw fail(.columnShape(expected: shape, found: entry.shape), column) }
        return Column(file.file, bytes: entry.byteRange)
    }

    private func fail(_ problem: DataError.Problem, _ column: StoreColumn? = nil) -> DataError {
        DataError(problem, task: task.name, file: file.url.path, key: column?.rawValue)
    }
}
