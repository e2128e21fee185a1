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

    public var description: String {
        switch self {
        case .otherRecipe(let folder, let lines):
            "\(folder) holds a run of another recipe (\(lines.joined(separator: "; "))); "
                + "give another --run folder, or --again to train a stage anew"
        case .otherData(let folder, let task):
            "\(folder) holds a run on other data (task \(task) differs); give another --run folder"
        case .noRun(let folder): "\(folder) holds no run; train one with m3dt train --recipe R --data D --run \(folder)"
        case .stageMissing(let stage, let needed, let folder):
            "stage '\(stage)' needs stage '\(needed)' first, which is not finished in \(folder); "
                + "m3dt train without a stage runs all that is missing"
        case .noSuchStage(let stage, let method): "method \(method) has no stage '\(stage)'"
        }
    }
}
