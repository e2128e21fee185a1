/// All that a policy must know about a task to act in it: its specification, its statistics, its target and its prompts.
public struct TaskProfile: Codable, Sendable, Hashable {
    public let task: TaskSpecification
    /// How the task's observations are normalised.
    public let scaling: ObservationScaling
    /// The undiscounted, unscaled return that the policy is asked for at the start of an episode.
    public let targetReturn: Double
    /// One prompt in each row, exactly as in training; no rows for a model without prompts.
    public let prompts: StepSegments

    public init(
        task: TaskSpecification, scaling: ObservationScaling, targetReturn: Double, prompts: StepSegments
    ) {
        self.task = task
        self.scaling = scaling
        self.targetReturn = targetReturn
        self.prompts = prompts
    }
}
