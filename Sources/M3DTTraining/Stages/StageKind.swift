import M3DTStorage

/// The parts of a run's training. M3DT has the first four, in their order; its rivals have one each.
public enum StageKind: String, Codable, Sendable, CaseIterable {
    case backbone
    case group
    case experts
    case router
    /// Backbone, experts and routers at once.
    case joint
    /// A model for each task.
    case agents
    /// A trained policy, on a few trajectories.
    case fineTune = "fine-tune"

    /// The stage of a name as a user writes it.
    ///
    /// - Throws: ``TrainingError/unknownStage(name:nearest:)`` for any other name.
    public init(named name: String) throws {
        guard let kind = StageKind(rawValue: name) else {
            let nearest = NearestName.nearest(to: name, in: Self.allCases.map(\.rawValue))
            throw TrainingError.unknownStage(name: name, nearest: nearest)
        }
        self = kind
    }
}
