extension DataError {
    /// Where the problem is, what it is, and what to do about it.
    public var description: String {
        let place = [file, task.map { "task \($0)" }, key.map { "column \($0)" }].compactMap(\.self)
        let (fault, remedy) = problem.texts
        return (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + fault + "; " + remedy
    }
}

extension DataError.Problem {
    fileprivate var texts: (fault: String, remedy: String) {
        switch self {
        case .foreignTrajectory(let episode, let task):
            ("episode \(episode) was recorded in task \(task)", "give each task its own episodes")
        case .emptyEpisode(let episode):
            ("episode \(episode) has no steps", "leave it out")
        case .episodeSize(let episode, let expected, let found):
            (
                "episode \(episode) has \(found) values where its steps and the task's widths ask for \(expected)",
                "record it again, or correct the task's widths"
            )
        case .notFinite(let episode, let step):
            ("step \(step) of episode \(episode) is not a finite number", "leave the episode out and collect again")
        case .tooFewEpisodes(let found, let prompts):
            (
                "of \(found) episodes, \(prompts) become prompts and none is left to train on",
                "collect at least \(prompts + 1)"
            )
        case .option(let name, let value, let allowed):
            ("the sampler's \(name) is \(value)", "it must be \(allowed)")
        case .noTasks:
            ("no task is chosen", "name at least one")
        case .noPromptEpisodes:
            ("the task has no prompt episodes", "collect it with prompts, or set promptSteps to 0")
        case .widthTooSmall(let what, let needed, let given):
            (
                "the task needs \(needed) \(what), the model takes \(given)",
                "make the model wider, or leave the task out"
            )
        }
    }
}
