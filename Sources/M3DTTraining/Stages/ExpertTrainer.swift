import Foundation
import M3DTModel
import M3DTTensor

/// Stage 2 as a whole: trains all experts one after another, each in a folder of its own named by its number.
///
/// What becomes of an expert depends on its number, its tasks and the seed, not on the other experts. Running it again goes on where it
/// was stopped; finished experts are read.
public struct ExpertTrainer {
    public let backbone: any SequenceModel
    public let grouping: Grouping
    public let source: any BatchSource
    public let options: StageOptions
    public let expert: ExpertOptions
    /// The folder of all experts.
    public let folder: URL
    public var control: TrainingControl

    public init(
        backbone: any SequenceModel, grouping: Grouping, source: any BatchSource, options: StageOptions,
        expert: ExpertOptions = ExpertOptions(), folder: URL, control: TrainingControl = TrainingControl()
    ) {
        self.backbone = backbone
        self.grouping = grouping
        self.source = source
        self.options = options
        self.expert = expert
        self.folder = folder
        self.control = control
    }

    /// The folder of one expert.
    public func folder(of expert: Int) -> StageFolder {
        StageFolder(folder.appendingPathComponent("\(expert)"))
    }

    /// Trains one expert.
    ///
    /// - Throws: What ``TrainingLoop/run()`` throws; ``TrainingError`` where the grouping does not fit the data.
    public func train(_ number: Int) throws -> (expert: Expert, outcome: StageOutcome) {
        let tasks = try grouping.indices(in: source.tasks)[number]
        let stage = try ExpertStage(number, beside: backbone, options: expert, seed: options.seed)
        try stage.expert.move(to: backbone.transformer.device)
        let loop = try TrainingLoop(
            stage, source: source, tasks: tasks, options: options, folder: folder(of: number).url, control: control)
        return (stage.expert, try loop.run())
    }

    /// Trains all experts that are not finished.
    ///
    /// - Returns: The experts in their order, fewer than all where a stop was requested, and how it ended.
    /// - Throws: What ``train(_:)`` throws.
    public func run() throws -> (experts: [Expert], outcome: StageOutcome) {
        var experts: [Expert] = []
        for number in grouping.experts.indices {
            let (expert, outcome) = try train(number)
            guard outcome == .finished else { return (experts, outcome) }
            experts.append(expert)
        }
        return (experts, .finished)
    }
}
