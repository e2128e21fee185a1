import Foundation
import M3DTEvaluation
import M3DTModel
import M3DTStorage

/// Writes a policy as a folder of the transformers package.
///
/// Beside `config.json` and `model.safetensors` it holds `tasks.json`, which only people read: how each task's observations are
/// scaled, what return to ask for and what returns are divided by, for which that package has no place.
public enum CheckpointExport {
    /// The name of the file about the tasks.
    public static let tasksName = "tasks.json"

    /// Writes a folder.
    ///
    /// - Parameter source: What messages call the policy.
    /// - Throws: ``CheckpointError`` where the model is not one of the package's or the destination is there; `StorageError` where
    ///   it cannot be written.
    public static func write(_ folder: PolicyFolder, named source: String, to destination: URL) throws {
        if let obstacle = obstacle(folder.description) {
            throw CheckpointError.notExportable(policy: source, obstacle)
        }
        guard case .shared(let model as PromptDT, nil) = folder.network else {
            preconditionFailure("a policy without an obstacle is one model that takes returns")
        }
        try CheckpointImport.checkIsFree(destination)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let tasks = try encoder.encode(folder.description.tasks)
        try AtomicFolder.write(to: destination) { partial in
            try HuggingFaceCheckpoint.write(model, to: partial)
            try AtomicFile.write(tasks, to: partial.appendingPathComponent(tasksName))
        }
    }

    /// What the policy has and the package's model has not, the gravest first.
    static func obstacle(_ policy: PolicyDescription) -> CheckpointError.Obstacle? {
        switch policy.taskWeights {
        case .masked: return .masks
        case .separate: return .separateModels(count: policy.tasks.count)
        case .shared: break
        }
        if let mixture = policy.mixture { return .experts(count: mixture.experts) }
        if policy.model.input != .returns { return .input(policy.model.input) }
        return policy.model.promptSteps > 0 ? .prompt(steps: policy.model.promptSteps) : nil
    }
}
