/// Which prompt episode a row gets; the segment is the P steps before the episode's last, unless said otherwise.
///
/// Source: differences from the reference, prompt choice.
public enum PromptChoice: String, Codable, Sendable, CaseIterable {
    /// The prompt episode with the highest return.
    case best
    /// The prompt episode that was recorded last.
    case last
    /// A prompt episode drawn uniformly, and a segment drawn uniformly in it.
    case random
    /// The reference's: every eighth row (2 of 16) gets the worst prompt episode, the others the best.
    case reference
}

/// What prompt observations are normalised with.
public enum PromptStatistics: String, Codable, Sendable, CaseIterable {
    /// The mean and deviation of the task's training episodes.
    case task
    /// The reference's: the mean and deviation of the task's prompt episodes alone.
    case prompt
}

/// The return that a policy is asked for.
public enum TargetReturn: String, Codable, Sendable, CaseIterable {
    /// The mean return of the best tenth of the task's episodes, at least one.
    case bestDecile
    /// The highest return among the task's episodes.
    case best
    /// The reference's: what the evaluation protocol fixes for the domain.
    case `protocol`
}

/// How batches are drawn from a trajectory store.
public struct SamplerOptions: Codable, Sendable, Equatable {
    /// Rows B of a batch. Default: 16, the paper's.
    public var rows = 16
    /// Context steps K. Default: 20, the paper's.
    public var contextSteps = 20
    /// Prompt steps P; 0 for a model without prompts. Default: 5, the paper's.
    public var promptSteps = 5
    /// Default: ``PromptChoice/best``, what the reference means to do.
    public var promptChoice = PromptChoice.best
    /// Default: ``PromptStatistics/task``, so that a state means the same in prompt and context.
    public var promptStatistics = PromptStatistics.task
    /// The least deviation that an observation column is divided by, in the column's unit.
    ///
    /// Default: 1e-3; columns that barely move (contact forces, joints at rest) are not blown up to the size of the
    /// others. The reference takes 1e-6.
    public var deviationFloor: Float = 1e-3
    /// Normalised observations are cut off at plus and minus this; `nil` for never, as the reference.
    ///
    /// Default: 10 deviations, which real motion does not reach.
    public var clip: Float? = 10
    /// Default: ``TargetReturn/bestDecile``, a return that the data has shown possible.
    public var targetReturn = TargetReturn.bestDecile

    public init() {}

    /// The reference release's choices.
    public static var reference: SamplerOptions {
        var options = SamplerOptions()
        options.promptChoice = .reference
        options.promptStatistics = .prompt
        options.deviationFloor = 1e-6
        options.clip = nil
        options.targetReturn = .protocol
        return options
    }
}
