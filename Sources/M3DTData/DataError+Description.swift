// All the text of this target's errors.

extension DataError {
    /// Where the problem is, what it is, and what to do about it.
    public var description: String {
        let kind = if case .foreign = problem { "key" } else { "column" }
        let place = [file, task.map { "task \($0)" }, key.map { "\(kind) \($0)" }].compactMap(\.self)
        let problem = [problem.fault, problem.remedy].compactMap(\.self).joined(separator: "; ")
        return (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + problem
    }
}

extension DataError.Problem {
    fileprivate var fault: String {
        switch self {
        case .foreignTrajectory(let episode, let task): "episode \(episode) was recorded in task \(task)"
        case .emptyEpisode(let episode): "episode \(episode) has no steps"
        case .episodeSize(let episode, let expected, let found):
            "episode \(episode) has \(found) values where its steps and the task's widths ask for \(expected)"
        case .notFinite(let episode, let step): "step \(step) of episode \(episode) is not a finite number"
        case .tooFewEpisodes(let found, let prompts):
            "of \(found) episodes, \(prompts) are to be prompts and none is left to train on"
        case .storeExists: "the folder holds a trajectory store already"
        case .taskExists: "the task is in the store already, or being recorded"
        case .unusableName: "the task's name cannot be the name of a file"
        case .recipe(let difference): "the store was made with \(difference)"
        case .notAStore: "the folder holds no trajectory store (there is no manifest.json)"
        case .manifest(let reason): "the manifest cannot be read: \(reason)"
        case .formatVersion(let found, let supported): "the store has format \(found), this program reads \(supported)"
        case .unknownTask: "the store does not hold this task"
        case .storage(let error): error.description
        case .unreadable(let reason): "the file cannot be read: \(reason)"
        case .fileMissing: "the task's file is missing"
        case .fileSize(let expected, let found): "the file has \(found) bytes, not the \(expected) of the manifest"
        case .checksum: "the file has changed since it was made: its checksum is not that of the manifest"
        case .statistics: "the statistics in the manifest are not those of the file"
        case .otherTask(let found): "the file belongs to " + (found.map { "task \($0)" } ?? "no task")
        case .sourceNames: "the names of the episodes' sources are missing or malformed"
        case .columnMissing: "the column is missing"
        case .columnType(let expected, let found):
            "the column holds \(found.rawValue) elements, not \(expected.rawValue)"
        case .columnShape(let expected, let found): "the column has shape \(found), not \(expected)"
        case .offsets(let episode): "the bounds of episode \(episode) are not in ascending order up to the last step"
        case .outOfRange(let index, let value, let bound): "entry \(index) is \(value), not in 0 ..< \(bound)"
        case .returnToGo(let episode, let step, let expected, let found):
            "step \(step) of episode \(episode) has return-to-go \(found), but its rewards add up to \(expected)"
        case .foreign(let fault, _): fault
        case .foreignWidth(let what, let task, let width, let found):
            "\(what) have \(found) numbers, padding left out, but those of task \(task) have \(width)"
        case .episodeTooLong(let found, let limit, let task):
            "an episode has \(found) steps, but those of task \(task) end after \(limit)"
        case .unknownForeignTask: "the files hold no such task to rename"
        case .malformedRename(let text): "'\(text)' is not of the form FROM=TO"
        case .sameMeaning(let first, let second): "'\(first)' and '\(second)' in the files are both this task"
        case .notInSource(let names):
            "the files do not hold \(names.count) of the chosen tasks: " + names.prefix(5).joined(separator: ", ")
                + (names.count > 5 ? " ..." : "")
        case .otherOrigin(let way): "the task is in the store already, imported \(way)"
        case .option(let name, let value, _): "the sampler's \(name) is \(value)"
        case .noTasks: "no task is chosen"
        case .noPromptEpisodes: "the task has no prompt episodes"
        case .widthTooSmall(let what, let needed, let given):
            "the task needs \(needed) \(what), the model takes \(given)"
        }
    }

    fileprivate var remedy: String? {
        switch self {
        case .foreignTrajectory: "give each task its own episodes"
        case .emptyEpisode: "leave it out"
        case .episodeSize: "record it again, or correct the task's widths"
        case .notFinite: "leave the episode out and record the task again"
        case .tooFewEpisodes(_, let prompts): "record at least \(prompts + 1)"
        case .storeExists: "resume it, or choose another folder"
        case .taskExists: "record each task once, or choose another folder"
        case .unusableName: "use letters, digits, dots, hyphens and underscores, the first of them no dot"
        case .recipe: "resume with the same, or choose another folder"
        case .notAStore: "check the path, or collect the data first"
        case .manifest: "fetch the manifest again, or collect the data into a new folder"
        case .formatVersion: "use the program's version that made the store, or collect the data again"
        case .unknownTask(let nearest): nearest.map { "did you mean \($0)?" } ?? "list the tasks with `data info`"
        case .storage: nil
        case .unreadable, .fileMissing: "collect the task again by resuming the collection"
        case .fileSize, .checksum, .otherTask, .sourceNames, .columnMissing, .columnType, .columnShape, .offsets,
            .outOfRange, .returnToGo:
            "remove the file and resume the collection"
        case .statistics: "remove the task's file and resume the collection"
        case .foreign(_, let remedy): remedy
        case .foreignWidth: "give the task's name with --rename FROM=TO, or describe it with --task-file"
        case .episodeTooLong: "describe the task with --task-file, or split episodes with --inner-ends split"
        case .unknownForeignTask(let nearest):
            nearest.map { "did you mean \($0)?" } ?? "list what they hold with --dry-run"
        case .malformedRename: "such as hopper_v2=hopper"
        case .sameMeaning: "give one of them another name with --rename FROM=TO"
        case .notInSource: "choose from what --dry-run lists"
        case .otherOrigin: "give the same options, or choose another folder"
        case .option(_, _, let allowed): "it must be \(allowed)"
        case .noTasks: "name at least one"
        case .noPromptEpisodes: "collect it with prompts, or set promptSteps to 0"
        case .widthTooSmall: "make the model wider, or leave the task out"
        }
    }
}
