import Foundation
import M3DTStorage
import M3DTTasks

extension TrajectoryStore {
    /// Checks the files of all tasks and returns what is wrong, at most one problem for each task.
    ///
    /// - Parameter deep: Also read every file in full: checksum, finite numbers, returns that are the sums of their
    ///   rewards, statistics as recorded. Without it only sizes, columns and the table of episodes are checked.
    public func verify(deep: Bool) -> [DataError] {
        manifest.tasks.compactMap { task in
            do throws(DataError) {
                try verify(task, deep: deep)
                return nil
            } catch {
                return error
            }
        }
    }

    private func verify(_ task: StoredTask, deep: Bool) throws(DataError) {
        do {
            let trajectories = try trajectories(task.specification.name)
            guard deep else { return }
            let file = url(of: task)
            // First what names the place; the checksum then finds what is left.
            try trajectories.checkSteps(file: file.path)
            let checksum = try Checksum.crc32(ofFile: file)
            guard checksum == task.crc32 else {
                throw DataError(.checksum, task: task.specification.name, file: file.path)
            }
            guard TaskStatistics(trajectories) == task.statistics else {
                throw DataError(.statistics, task: task.specification.name, file: file.path)
            }
        } catch let error as DataError {
            throw error
        } catch let error as StorageError {
            throw DataError(.storage(error), task: task.specification.name)
        } catch {
            throw DataError(.unreadable("\(error)"), task: task.specification.name, file: url(of: task).path)
        }
    }
}

extension TaskTrajectories {
    /// Checks every step.
    ///
    /// - Throws: ``DataError`` naming the first step that is wrong.
    fileprivate func checkSteps(file: String) throws {
        func fail(_ problem: DataError.Problem, _ column: StoreColumn) -> DataError {
            DataError(problem, task: task.name, file: file, key: column.rawValue)
        }
        for (column, numbers) in [
            (StoreColumn.observations, observations), (.actions, actions), (.rewards, rewards),
            (.returnsToGo, returnsToGo),
        ] {
            guard let index = numbers.firstIndex(where: { !$0.isFinite }) else { continue }
            let (episode, step) = place(of: index / (numbers.count / stepCount))
            throw fail(.notFinite(episode: episode, step: step), column)
        }
        if let index = successes.firstIndex(where: { $0 > 1 }) {
            throw fail(.outOfRange(index: index, value: Int(successes[index]), bound: 2), .success)
        }
        for episode in 0..<episodeCount {
            guard let (step, expected, found) = wrongReturn(in: episode) else { continue }
            throw fail(.returnToGo(episode: episode, step: step, expected: expected, found: found), .returnsToGo)
        }
    }

    /// The first step whose return-to-go is not the sum of the rewards from there on, up to rounding.
    private func wrongReturn(in episode: Int) -> (step: Int, expected: Float, found: Float)? {
        let steps = steps(of: episode)
        let expected = rewards[steps].returnsToGo
        let found = returnsToGo[steps]
        let tolerance = 1e-4 * (expected.reduce(1) { max($0, abs($1)) })
        guard let step = expected.indices.first(where: { abs(expected[$0] - found[$0]) > tolerance }) else {
            return nil
        }
        return (step, expected[step], found[step])
    }

    /// The episode of a step, and the step's number in it.
    private func place(of step: Int) -> (episode: Int, step: Int) {
        let episode = (0..<episodeCount).last { Int(offsets[$0]) <= step } ?? 0
        return (episode, step - Int(offsets[episode]))
    }
}

extension Column {
    fileprivate func firstIndex(where isWanted: (Element) -> Bool) -> Int? {
        withElements { elements in (0..<elements.count).first { isWanted(elements[$0]) } }
    }
}
