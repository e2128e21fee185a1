import Foundation
import M3DTModel
import M3DTRandom
import M3DTStorage
import M3DTTasks
import M3DTTensor

/// A trained policy, ready to act in any of its tasks.
///
/// ```swift
/// let policy = try M3DTPolicy(contentsOf: url)
/// let episode = try policy.start(task: "ant-dir-07")
/// let action = try episode.act(observation: observation, reward: reward)
/// ```
///
/// A policy and its episodes belong to one thread at a time. To act in many episodes with one pass through the model, use
/// ``SequencePolicy``.
public final class M3DTPolicy {
    public let description: PolicyDescription
    /// What matrix products are computed in.
    public let precision: Precision
    /// Where the weights are.
    public let device: Device
    /// Where the gates of a mixture are noted while the policy acts. Default: nowhere, since it takes time.
    public var gateRecorder: GateRecorder?

    let backbone: PromptDT
    let branch: (any FeedForwardBranch)?
    private let profiles: [String: TaskProfile]
    private let prompts = PromptBank()

    /// Loads a policy folder.
    ///
    /// - Parameters:
    ///   - device: Where to compute.
    ///   - precision: What to compute matrix products in. Default: what the folder says.
    /// - Throws: ``PolicyError``, ``TensorError`` or ``StorageError`` where the folder is damaged or incomplete.
    public convenience init(contentsOf url: URL, device: Device = .cpu, precision: Precision? = nil) throws {
        let folder = try PolicyFolder(contentsOf: url)
        for named in folder.backbone.namedParameters + (folder.mixture?.namedParameters ?? []) {
            try named.parameter.move(to: device)
        }
        try self.init(folder.description, backbone: folder.backbone, branch: folder.mixture, precision: precision)
    }

    /// Makes a policy of a model in memory, which is computed where its weights are.
    ///
    /// The weights must not change while the policy is used, since it keeps what it has computed of the prompts.
    /// - Parameter branch: What stands beside the backbone: a mixture, or one expert.
    /// - Throws: ``PolicyError`` where the description makes no sense or the backbone has other sizes.
    public init(
        _ description: PolicyDescription, backbone: PromptDT, branch: (any FeedForwardBranch)? = nil,
        precision: Precision? = nil
    ) throws {
        try description.validate()
        guard description.model == backbone.configuration else {
            throw PolicyError.otherModel(problem: "the sizes of the backbone are not those of the description")
        }
        self.description = description
        self.backbone = backbone
        self.branch = branch
        self.precision = precision ?? description.precision
        device = backbone.namedParameters[0].parameter.value.device
        profiles = Dictionary(uniqueKeysWithValues: description.tasks.map { ($0.task.name, $0) })
    }

    /// Makes a policy with fresh weights: the floor that training has to rise above.
    ///
    /// - Throws: ``PolicyError`` where the description makes no sense.
    public convenience init(untrained description: PolicyDescription, seed: UInt64 = 0) throws {
        let (model, stream) = (description.model, RandomStream(seed: seed).split("untrained"))
        let mixture = try description.expertCount.map { count in
            let experts = try (0..<count).map { try Expert(model, stream: stream.split("expert").split($0)) }
            return try MixtureOfExperts(model, experts: experts, stream: stream.split("routers"))
        }
        try self.init(description, backbone: PromptDT(model, stream: stream.split("backbone")), branch: mixture)
    }

    /// The tasks that the policy can act in.
    public var tasks: [TaskSpecification] { description.tasks.map(\.task) }

    /// Starts an episode of a task; any number may be under way at once.
    ///
    /// - Parameters:
    ///   - seed: Chooses the prompt where the task has several; nothing else is left to chance.
    ///   - targetReturn: The return to ask for, undiscounted and unscaled. Default: the one the policy was saved with.
    /// - Throws: ``PolicyError/unknownTask(name:nearest:)``.
    public func start(task: String, seed: UInt64 = 0, targetReturn: Double? = nil) throws -> M3DTEpisode {
        let profile = try profile(of: task)
        var stream = RandomStream(seed: seed).split("prompt")
        let row = profile.prompts.rows > 1 ? stream.index(below: profile.prompts.rows) : 0
        return M3DTEpisode(self, profile, promptRow: row, targetReturn: targetReturn ?? profile.targetReturn)
    }

    /// What the policy knows about a task.
    ///
    /// - Throws: ``PolicyError/unknownTask(name:nearest:)``.
    public func profile(of task: String) throws -> TaskProfile {
        guard let profile = profiles[task] else {
            throw PolicyError.unknownTask(name: task, nearest: NearestName.nearest(to: task, in: tasks.map(\.name)))
        }
        return profile
    }
}

// Legend: B rows, A padded action width.
extension M3DTPolicy {
    /// Predicts what to do next in each of the episodes, with one pass through the model.
    ///
    /// Shapes: result B arrays of A numbers.
    func predict(_ episodes: [M3DTEpisode]) throws -> [[Float]] {
        try Gradients.off {
            let context = ForwardContext(precision: precision)
            let cache = try promptCache(of: episodes, context)
            let history = try StepTensors(segments(of: episodes), device: device)
            let pass = branch.map { BranchPass($0, context) }
            let actions = try noting(episodes) {
                try backbone.nextAction(after: history, prompt: cache, branch: pass, context).floats()
            }
            let width = description.model.actionWidth
            return episodes.indices.map { Array(actions[$0 * width..<($0 + 1) * width]) }
        }
    }

    private func promptCache(of episodes: [M3DTEpisode], _ context: ForwardContext) throws -> PromptCache? {
        guard description.model.promptSteps > 0 else { return nil }
        return try prompts.cache(of: episodes.map(\.promptKey)) { key in
            let prompt = try StepTensors(profile(of: key.task).prompts.row(key.row), device: device)
            return try backbone.promptCache(prompt, branch: branch.map { BranchPass($0, context) }, context)
        }
    }

    /// Histories of all episodes, padded to the longest of them.
    ///
    /// Padding has no weight at all in the attention of real steps, so how much of it there is changes nothing.
    private func segments(of episodes: [M3DTEpisode]) -> StepSegments {
        let model = description.model
        var segments = StepSegments(
            rows: episodes.count, length: episodes.map(\.history.length).max() ?? 0, stateWidth: model.stateWidth,
            actionWidth: model.actionWidth)
        segments.actions = [Float](repeating: 0, count: segments.actions.count)
        for (row, episode) in episodes.enumerated() { episode.history.fill(row: row, of: &segments) }
        return segments
    }

    /// Notes the gates that `body` computes, if that is asked for.
    private func noting<Result>(_ episodes: [M3DTEpisode], _ body: () throws -> Result) throws -> Result {
        guard let gateRecorder, let mixture = branch as? MixtureOfExperts else { return try body() }
        let before = mixture.gateObserver
        defer { mixture.gateObserver = before }
        let tasks = episodes.map(\.task.name)
        mixture.gateObserver = { try gateRecorder.note(block: $0, gates: $1, tasks: tasks) }
        return try body()
    }
}
