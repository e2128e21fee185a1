/// Why a run cannot be started, continued or used.
public enum RunError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The folder holds a run of another recipe.
    case otherRecipe(folder: String, lines: [String])
    /// The folder holds a run on other data.
    case otherData(folder: String, task: String)
    /// The folder holds no run.
    case noRun(folder: String)
    /// A stage needs another one's result first.
    case stageMissing(stage: String, needed: String, folder: String)
    /// The method has no such stage.
    case noSuchStage(stage: String, method: String)
    /// Two folders of data hold a task with different episodes.
    case dataDiffers(task: String, folders: [String])

    // Runs that go on from a finished one.
    /// No run can go on from this one.
    case baseUnfit(folder: String, problem: String)
    /// The recipe needs a finished policy, and there is none in the folder.
    case noBase(folder: String)
    /// The folder goes on from another policy.
    case otherBase(folder: String, base: String)
    /// The finished run was trained on the task.
    case taskKnown(task: String, base: String)
    /// The data holds no task that the finished run does not know.
    case noNewTasks(base: String)

    public var description: String {
        switch self {
        case .otherRecipe(let folder, let lines):
            "\(folder) holds a run of another recipe (\(lines.joined(separator: "; "))); give another --run folder"
        case .otherData(let folder, let task):
            "\(folder) holds a run on other data (task \(task) differs); give another --run folder"
        case .noRun(let folder): "\(folder) holds no run; train one with m3dt train --recipe R --data D --run \(folder)"
        case .stageMissing(let stage, let needed, let folder):
            "stage '\(stage)' needs stage '\(needed)' first, which is not finished in \(folder); "
                + "m3dt train without a stage runs all that is missing"
        case .noSuchStage(let stage, let method): "method \(method) has no stage '\(stage)'"
        case .dataDiffers(let task, let folders):
            "task \(task) is not the same in \(folders.joined(separator: " and ")); give only one of the folders"
        case .baseUnfit(let folder, let problem): "no run can go on from \(folder): \(problem)"
        case .noBase(let folder):
            "\(folder) has no policy to go on from; begin it with m3dt train add-tasks or m3dt train fine-tune"
        case .otherBase(let folder, let base):
            "\(folder) goes on from another policy than that of \(base) now; give another --run folder"
        case .taskKnown(let task, let base): "\(base) was trained on task \(task) already; name other --tasks"
        case .noNewTasks(let base): "\(base) was trained on all tasks of the data; give data of other tasks"
        }
    }
}
