// All the text of this target's errors.

extension TrainingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .option(let name, let value, let allowed):
            "the training option \(name) is \(value); it must be \(allowed)"
        case .unknownStage(let name, let nearest):
            "there is no stage '\(name)'" + Self.suggestion(nearest)
                + "; the stages are \(StageKind.allCases.map(\.rawValue).joined(separator: ", "))"
        case .unknownTask(let name, let nearest):
            "the data holds no task '\(name)'" + Self.suggestion(nearest)
                + "; add its data, or leave it out of the groups"
        case .noTasks(let stage): "\(stage) has no tasks to train on; name at least one"
        case .unevenRows(let rows, let ranks):
            "a batch has \(rows) rows, which \(ranks) ranks cannot share evenly; start as many ranks as divide it, "
                + "or set data.rows"
        case .boundRows(let stage, let ranks):
            "\(stage) with topK or soft gates cannot be shared by \(ranks) ranks, since rows of a batch have to do with each "
                + "other there; train it in one process"
        case .sizeMismatch(let field, let data, let model):
            "the data has \(field) \(data), the model \(model); make the sampler and the model agree"
        case .lossNotFinite(let stage, let step, let tasks):
            "\(stage), step \(step): the loss on \(Self.list(tasks)) is not finite; " + Self.remedy
        case .gradientNotFinite(let stage, let step, let tasks):
            "\(stage), step \(step): the gradient on \(Self.list(tasks)) is not finite; " + Self.remedy
        case .otherConfiguration(let file, let field, let stored, let current):
            "\(file) was made with \(field) = \(stored), now it is \(current); "
                + "set it back, choose another folder, or delete this one to start over"
        case .checkpointAhead(let file, let step, let steps):
            "\(file) is at step \(step), beyond the \(steps) steps asked for; ask for more, or delete it to start over"
        case .damagedFile(let file, let problem): "\(file) cannot be used: \(problem); delete it to start over"
        case .tooManyExperts(let experts, let tasks):
            "\(tasks) tasks cannot fill \(experts) groups; ask for at most \(tasks) experts"
        case .emptyGroup(let expert): "expert \(expert) has no tasks; give each expert at least one"
        }
    }

    private static let remedy = "check the data of the task, or lower learningRate; the last checkpoint is kept"

    private static func suggestion(_ nearest: String?) -> String {
        nearest.map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func list(_ tasks: [String]) -> String {
        tasks.count == 1 ? "task \(tasks[0])" : "tasks \(tasks.joined(separator: ", "))"
    }
}
