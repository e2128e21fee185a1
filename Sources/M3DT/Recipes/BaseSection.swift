import M3DTTraining

/// What a run goes on from; the commands that add tasks or fine-tune fill it in.
public struct BaseSection: Codable, Sendable, Equatable {
    /// The tasks that the policy knew.
    public var tasks: [String]
    /// Its experts.
    public var experts: Int

    public init(tasks: [String] = [], experts: Int = 0) {
        (self.tasks, self.experts) = (tasks, experts)
    }
}

/// How a finished policy is fine-tuned.
public struct FineTuneSection: Codable, Sendable, Equatable {
    /// Which weights are trained. Default: all.
    public var parts = FineTuneParts.whole
    /// Training episodes of each task, the best of its data; its prompts are shown besides. Default: 5.
    public var episodes = 5
}
