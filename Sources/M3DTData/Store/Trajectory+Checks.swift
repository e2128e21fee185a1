import M3DTTasks

extension Trajectory {
    /// Checks that the episode belongs to the task, has its widths and holds finite numbers only.
    ///
    /// - Throws: ``DataError``.
    func check(fits specification: TaskSpecification, episode: Int) throws {
        func fail(_ problem: DataError.Problem, key: String? = nil) -> DataError {
            DataError(problem, task: specification.name, key: key)
        }
        guard task == specification.name else { throw fail(.foreignTrajectory(episode: episode, task: task)) }
        guard steps > 0 else { throw fail(.emptyEpisode(episode)) }
        for (key, found, expected) in [
            ("observations", observations.count, steps * specification.observationWidth),
            ("actions", actions.count, steps * specification.actionWidth),
            ("success", successes.count, steps),
        ] where found != expected {
            throw fail(.episodeSize(episode: episode, expected: expected, found: found), key: key)
        }
        for (key, numbers) in [("observations", observations), ("actions", actions), ("rewards", rewards)] {
            guard let index = numbers.firstIndex(where: { !$0.isFinite }) else { continue }
            throw fail(.notFinite(episode: episode, step: index / (numbers.count / steps)), key: key)
        }
    }
}

extension [Float] {
    /// The undiscounted sum of these rewards from each step to the end, summed in double precision.
    var returnsToGo: [Float] {
        var sum = 0.0
        var returns = [Float](repeating: 0, count: count)
        for step in indices.reversed() {
            sum += Double(self[step])
            returns[step] = Float(sum)
        }
        return returns
    }
}
