import Foundation
import M3DTData
import M3DTEvaluation
import M3DTModel
import M3DTTasks

/// Makes a policy of a checkpoint of another project.
///
/// A checkpoint holds weights alone. The tasks, the scaling of their observations, their target returns and their prompts come from
/// a trajectory store, made as the reference release makes them.
public struct CheckpointImport {
    /// Files of the reference release that go together, or one folder of the transformers package.
    public var sources: [URL]
    /// Attention heads of a reference's backbone, which its files do not tell. Default: 8.
    public var heads = UntoldSizes().heads
    /// Steps of recent history. Default: what a configuration says, else 20.
    public var contextSteps: Int?
    /// Steps of a prompt for a reference's backbone. Default: 5.
    public var promptSteps = UntoldSizes().promptSteps
    /// The return that is asked for. Default: the evaluation protocol's, as in the reference.
    public var targetReturn = TargetReturn.protocol
    /// What the policy is called in tables. Default: by what it is.
    public var method: String?

    public init(_ sources: [URL]) {
        self.sources = sources
    }

    /// Reads the checkpoint and makes the policy, without writing anything.
    ///
    /// - Parameter tasks: Which of the store's.
    /// - Throws: `ModelError`, `TensorError` or `StorageError` for files that are damaged, hostile or of another model;
    ///   `DataError` where a task does not fit the model or lacks data; ``CheckpointError``.
    public func policy(data: TrajectoryStore, tasks: [TaskSpecification]) throws -> (PolicyDescription, PolicyNetwork) {
        let model = try read()
        let sizes = model.backbone.configuration
        var options = SamplerOptions.reference
        (options.contextSteps, options.promptSteps) = (sizes.contextSteps, sizes.promptSteps)
        options.targetReturn = targetReturn
        let sampler = try Sampler(
            data.trajectories(tasks.map(\.name)), options: options, stateWidth: sizes.stateWidth,
            actionWidth: sizes.actionWidth, seed: 0)
        let description = PolicyDescription(
            method: method ?? model.method, model: sizes, mixture: model.mixture?.configuration,
            leaksUnusedActions: model.isReference, tasks: sampler.tasks.indices.map(sampler.profile),
            origin: [
                "format": model.isReference ? "reference release" : "Hugging Face",
                "files": sources.map(\.lastPathComponent).joined(separator: ", "),
            ])
        try description.validate()
        return (description, .shared(model.backbone, branch: model.mixture))
    }

    /// Reads the checkpoint and writes the policy folder.
    ///
    /// - Returns: What the policy knows about itself.
    /// - Throws: As ``policy(data:tasks:)``; `StorageError` where the folder cannot be written.
    public func run(data: TrajectoryStore, tasks: [TaskSpecification], to destination: URL) throws -> PolicyDescription
    {
        try Self.checkIsFree(destination)
        let (description, network) = try policy(data: data, tasks: tasks)
        try PolicyFolder.write(description, network: network, to: destination)
        return description
    }

    /// - Throws: ``CheckpointError/destinationExists(path:)``.
    static func checkIsFree(_ destination: URL) throws {
        guard !FileManager.default.fileExists(atPath: destination.path) else {
            throw CheckpointError.destinationExists(path: destination.relativePath)
        }
    }
}

extension CheckpointImport {
    private struct Model {
        let backbone: PromptDT
        var mixture: MixtureOfExperts?
        let isReference: Bool

        var method: String { !isReference ? "DT" : mixture == nil ? "PromptDT" : "M3DT" }
    }

    private func read() throws -> Model {
        let folders = sources.filter(\.isFolder)
        if let folder = folders.first {
            guard sources.count == 1 else { throw CheckpointError.mixedSources }
            return Model(
                backbone: try HuggingFaceCheckpoint.read(folder, contextSteps: contextSteps), isReference: false)
        }
        var untold = UntoldSizes()
        (untold.heads, untold.promptSteps) = (heads, promptSteps)
        untold.contextSteps = contextSteps ?? untold.contextSteps
        let reference = try ReferenceModel(files: sources, untold: untold)
        return Model(backbone: reference.backbone, mixture: reference.mixture, isReference: true)
    }
}

extension URL {
    /// There is a folder here.
    var isFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
