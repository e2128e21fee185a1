/// Why a stage cannot be trained, or was stopped.
public enum TrainingError: Error, Sendable, Equatable {
    // What was asked for.
    case option(name: String, value: String, allowed: String)
    case unknownStage(name: String, nearest: String?)
    case unknownTask(name: String, nearest: String?)
    case noTasks(stage: String)
    /// The rows of a batch cannot be dealt out evenly.
    case unevenRows(rows: Int, ranks: Int)
    /// What a row gives depends on the other rows of its batch.
    case boundRows(stage: String, ranks: Int)
    /// A size of the batches and the model's; with `episodeSteps`, the longest episode and what the model can number.
    case sizeMismatch(field: String, data: Int, model: Int)

    // What happened on the way; the step is counted from 0, and the tasks are those of its rows.
    case lossNotFinite(stage: String, step: Int, tasks: [String])
    case gradientNotFinite(stage: String, step: Int, tasks: [String])

    // What lies in the folder.
    /// A checkpoint or a finished stage was made with another value of a field.
    case otherConfiguration(file: String, field: String, stored: String, current: String)
    case checkpointAhead(file: String, step: Int, steps: Int)
    case damagedFile(file: String, problem: String)

    // Grouping.
    case tooManyExperts(experts: Int, tasks: Int)
    case emptyGroup(expert: Int)
}
