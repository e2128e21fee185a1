import M3DTTasks

/// How a demonstrator sees a task and acts on it.
///
/// A linear policy works on features, and several tasks may share one where their frames make them look alike.
public enum ActingFrame: Sendable, Hashable {
    /// The first numbers of the observation, actions as they are.
    case plain(featureWidth: Int, actionWidth: Int)
    /// Relative to the direction the ant is to run in.
    case ant(AntFrame)

    /// The frame for a native task.
    ///
    /// The cheetah's is without the last three numbers, where the torso is: how far it ran must not matter to how it runs.
    ///
    /// - Throws: ``SimulationError/notNative(task:domain:)``.
    public init(task: TaskSpecification) throws {
        switch (task.domain, task.goal) {
        case (.cheetahVel, _): self = .plain(featureWidth: 17, actionWidth: 6)
        case (.antDir, let heading?): self = .ant(AntFrame(heading: heading))
        case (.dmControl, _): self = .plain(featureWidth: task.observationWidth, actionWidth: task.actionWidth)
        default: throw SimulationError.notNative(task: task.name, domain: task.domain.rawValue)
        }
    }

    /// Numbers in the features.
    public var featureWidth: Int {
        switch self {
        case .plain(let featureWidth, _): featureWidth
        case .ant: AntFrame.featureWidth
        }
    }

    /// Numbers in an action.
    public var actionWidth: Int {
        switch self {
        case .plain(_, let actionWidth): actionWidth
        case .ant: AntFrame.actionWidth
        }
    }

    /// What the policy sees of an observation.
    public func features(_ observation: [Double]) -> [Double] {
        switch self {
        case .plain(let featureWidth, _): Array(observation.prefix(featureWidth))
        case .ant(let frame): frame.features(observation)
        }
    }

    /// The task's action for the policy's.
    public func action(_ action: [Double]) -> [Double] {
        switch self {
        case .plain: action
        case .ant(let frame): frame.action(action)
        }
    }
}
