import Foundation
import M3DTModel
import M3DTTensor

/// Stage 2 as a whole: trains all experts, one after another or several together, each in a folder of its own named by its number.
///
/// What becomes of an expert depends on its number, its tasks and the seed, not on the other experts, but for rounding and for what
/// dropout draws where several are trained together. Running it again goes on where it
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
    /// The most experts that are trained together, in one batched step.
    public let together: Int
    /// The experts to train.
    public let numbers: Range<Int>

    /// - Parameters:
    ///   - together: Default: 1, each expert alone.
    ///   - first: The first expert to train; those before it are there already. Default: 0.
    public init(
        backbone: any SequenceModel, grouping: Grouping, source: any BatchSource, options: StageOptions,
        expert: ExpertOptions = ExpertOptions(), together: Int = 1, first: Int = 0, folder: URL,
        control: TrainingControl = TrainingControl()
    ) {
        self.backbone = backbone
        self.grouping = grouping
        self.source = source
        self.options = options
        self.expert = expert
        self.folder = folder
        self.control = control
        self.together = together
        numbers = first..<max(first, grouping.experts.count)
    }

    /// The experts that are trained together, in order; one by one by default.
    public var groups: [Range<Int>] {
        stride(from: numbers.lowerBound, to: numbers.upperBound, by: max(1, together)).map {
            $0..<min($0 + max(1, together), numbers.upperBound)
        }
    }

    /// The folder of one expert.
    public func folder(of expert: Int) -> StageFolder {
        StageFolder(folder.appendingPathComponent("\(expert)"))
    }

    /// What trains some experts is called so in messages, and has its checkpoints in this folder.
    public func place(of group: Range<Int>) -> (name: String, folder: StageFolder) {
        group.count == 1
            ? (ExpertStage.name(group.lowerBound), folder(of: group.lowerBound))
            : (ExpertGroupStage.name(group), groupFolder(group))
    }

    /// Trains one of the ``groups``.
    ///
    /// - Throws: What ``TrainingLoop/run()`` throws; ``TrainingError`` where the grouping does not fit the data, or where experts cannot
    ///   be trained together.
    public func train(_ group: Range<Int>) throws -> (experts: [Expert], outcome: StageOutcome) {
        try Self.check(together: together, experts: grouping.experts.count, expert, options)
        try refuseOtherGroups()
        if group.count > 1 { return try trainTogether(group) }
        let tasks = try grouping.indices(in: source.tasks)[group.lowerBound]
        let stage = try ExpertStage(group.lowerBound, beside: backbone, options: expert, seed: options.seed)
        try stage.expert.move(to: backbone.transformer.device)
        let loop = try TrainingLoop(
            stage, source: source, tasks: tasks, options: options, folder: folder(of: group.lowerBound).url,
            control: control)
        return ([stage.expert], try loop.run())
    }

    /// Trains all experts that are not finished.
    ///
    /// - Returns: The experts in their order, fewer than all where a stop was requested, and how it ended.
    /// - Throws: What ``train(_:)`` throws.
    public func run() throws -> (experts: [Expert], outcome: StageOutcome) {
        var experts: [Expert] = []
        for group in groups {
            let (own, outcome) = try train(group)
            guard outcome == .finished else { return (experts, outcome) }
            experts += own
        }
        return (experts, .finished)
    }
}
