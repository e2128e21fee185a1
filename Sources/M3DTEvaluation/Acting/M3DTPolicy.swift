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

    /// How actions are computed.
    public private(set) var acting = ActingOptions()

    let network: PolicyNetwork
    private let models: TaskModels
    private let places: [String: Int]
    private var prompts = PromptBank()

    /// Loads a policy folder.
    ///
    /// - Parameters:
    ///   - device: Where to compute.
    ///   - precision: What to compute matrix products in. Default: what the folder says, but float32 where the device is slow in
    ///     bfloat16.
    /// - Throws: ``PolicyError``, ``TensorError`` or ``StorageError`` where the folder is damaged or incomplete.
    public convenience init(contentsOf url: URL, device: Device = .cpu, precision: Precision? = nil) throws {
        let folder = try PolicyFolder(contentsOf: url)
        for named in folder.network.namedParameters { try named.parameter.move(to: device) }
        let isSlow = Precision.preferred(on: device) == .float32
        try self.init(folder.description, network: folder.network, precision: precision ?? (isSlow ? .float32 : nil))
    }

    /// Makes a policy of models in memory, which are computed where their weights are.
    ///
    /// The weights must not change while the policy is used, since it keeps what it has computed of the prompts.
    /// - Throws: ``PolicyError`` where the description makes no sense or the models have other sizes.
    public init(_ description: PolicyDescription, network: PolicyNetwork, precision: Precision? = nil) throws {
        try description.validate()
        try network.check(fits: description)
        self.description = description
        self.network = network
        self.precision = precision ?? description.precision
        device = network.models[0].namedParameters[0].parameter.value.device
        models = TaskModels(network)
        places = Dictionary(uniqueKeysWithValues: description.tasks.enumerated().map { ($1.task.name, $0) })
    }

    /// Makes a policy with fresh weights: the floor that training has to rise above.
    ///
    /// - Throws: ``PolicyError`` where the description makes no sense.
    public convenience init(
        untrained description: PolicyDescription, seed: UInt64 = 0, device: Device = .cpu
    ) throws {
        let network = try PolicyNetwork(description, stream: RandomStream(seed: seed).split("untrained"))
        for named in network.namedParameters { try named.parameter.move(to: device) }
        try self.init(description, network: network)
    }

    /// Has actions computed otherwise, in episodes that are started from now on.
    ///
    /// - Throws: ``PolicyError/acting(option:problem:)`` where the policy's models cannot act so.
    public func act(with options: ActingOptions) throws {
        try options.check(network)
        (network.branch as? MixtureOfExperts)?.gateThreshold = options.gateThreshold
        prompts = PromptBank()
        acting = options
    }

    /// The share of pairs of a token and an expert that were computed; nothing where no gate threshold was set.
    public var computedShareOfExperts: Double? {
        guard let pairs = (network.branch as? MixtureOfExperts)?.computedPairs, pairs.all > 0 else { return nil }
        return Double(pairs.kept) / Double(pairs.all)
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
        description.tasks[try place(of: task)]
    }

    /// Where a task stands among those of the description.
    private func place(of task: String) throws -> Int {
        guard let place = places[task] else {
            throw PolicyError.unknownTask(name: task, nearest: NearestName.nearest(to: task, in: tasks.map(\.name)))
        }
        return place
    }
}

// Legend: B rows, A padded action width.
extension M3DTPolicy {
    /// Predicts what to do next in each of the episodes, with one pass through each model that they need.
    ///
    /// Shapes: result B arrays of A numbers.
    func predict(_ episodes: [M3DTEpisode]) throws -> [[Float]] {
        let shares = try Dictionary(grouping: episodes.indices) { index in
            try models.share(of: place(of: episodes[index].task.name))
        }
        var actions = [[Float]](repeating: [], count: episodes.count)
        for share in shares.keys.sorted() {
            let rows = shares[share]!
            let model = try models.model(of: share)
            let predicted = try predict(rows.map { episodes[$0] }, with: model)
            for (row, action) in zip(rows, predicted) { actions[row] = action }
        }
        return actions
    }

    private func predict(_ episodes: [M3DTEpisode], with model: any SequenceModel) throws -> [[Float]] {
        try Gradients.off {
            let context = ForwardContext(precision: precision)
            let pass = network.branch.map { BranchPass($0, context) }
            let cache = try promptCache(of: episodes, with: model, pass, context)
            let actions = try noting(episodes) {
                if acting.cache == .rolling, let model = model as? PromptDT {
                    return try roll(episodes, with: model, cache, pass, context).floats()
                }
                let longest = episodes.map(\.history.length).max() ?? 0
                let history = try StepTensors(segments(of: episodes, length: longest), device: device)
                return try model.nextAction(after: history, prompt: cache, branch: pass, context).floats()
            }
            let width = description.model.actionWidth
            return episodes.indices.map { Array(actions[$0 * width..<($0 + 1) * width]) }
        }
    }

    /// Computes the newest step alone, and keeps it for the next one.
    private func roll(
        _ episodes: [M3DTEpisode], with model: PromptDT, _ cache: PromptCache?, _ pass: BranchPass?,
        _ context: ForwardContext
    ) throws -> Tensor {
        let (action, recent) = try model.nextAction(
            newest: StepTensors(segments(of: episodes, length: 2), device: device),
            recent: RecentTokens.joined(episodes.map(\.recent)), prompt: cache, branch: pass, context)
        let left = RecentTokens(recent)
        for (row, episode) in episodes.enumerated() { episode.recent = RecentTokens.Row(pass: left, row: row) }
        return action
    }

    private func promptCache(
        of episodes: [M3DTEpisode], with model: any SequenceModel, _ pass: BranchPass?, _ context: ForwardContext
    ) throws -> PromptCache? {
        guard description.model.promptSteps > 0 else { return nil }
        return try prompts.cache(of: episodes.map(\.promptKey)) { key in
            let prompt = try StepTensors(profile(of: key.task).prompts.row(key.row), device: device)
            return try model.promptCache(prompt, branch: pass, context)
        }
    }

    /// The last steps of all episodes.
    ///
    /// Padding has no weight at all in the attention of real steps, so how much of it there is changes nothing.
    private func segments(of episodes: [M3DTEpisode], length: Int) -> StepSegments {
        let model = description.model
        var segments = StepSegments(
            rows: episodes.count, length: length, stateWidth: model.stateWidth, actionWidth: model.actionWidth)
        segments.actions = [Float](repeating: 0, count: segments.actions.count)
        for (row, episode) in episodes.enumerated() { episode.history.fill(row: row, of: &segments) }
        return segments
    }

    /// Notes the gates that `body` computes, if that is asked for.
    private func noting<Result>(_ episodes: [M3DTEpisode], _ body: () throws -> Result) throws -> Result {
        guard let gateRecorder, let mixture = network.branch as? MixtureOfExperts else { return try body() }
        let before = mixture.gateObserver
        defer { mixture.gateObserver = before }
        let tasks = episodes.map(\.task.name)
        mixture.gateObserver = { try gateRecorder.note(block: $0, gates: $1, tasks: tasks) }
        return try body()
    }
}
