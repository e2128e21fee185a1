import M3DTTraining

/// How a run trains; `Docs/methods.md` says which rival and which ablation is which method with which other keys.
public enum Method: String, Codable, Sendable, CaseIterable {
    /// Backbone, grouped experts, routers.
    case m3dt
    /// One model without experts.
    case backbone
    /// One model without experts, and a mask over its weights for each task.
    case harmodt
    /// Backbone, experts and routers at once.
    case moe
    /// A model for each task.
    case singleTask = "single-task"
    /// Further experts for tasks that came later, then the routers of all; see ``BaseRun``.
    case addTasks = "add-tasks"
    /// A finished policy on a few trajectories of other tasks; see ``BaseRun``.
    case fineTune = "fine-tune"

    /// The stages, in their order.
    public var stages: [StageKind] {
        switch self {
        case .m3dt: [.backbone, .group, .experts, .router]
        case .backbone, .harmodt: [.backbone]
        case .moe: [.joint]
        case .singleTask: [.agents]
        case .addTasks: [.group, .experts, .router]
        case .fineTune: [.fineTune]
        }
    }

    /// Each expert has tasks of its own.
    var hasGroups: Bool { stages.contains(.group) }
}
