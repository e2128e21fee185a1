/// A format in which other projects keep trajectories. See `Docs/data.md`.
public enum ForeignFormat: String, Codable, Sendable, CaseIterable {
    /// A folder of numbered npz files for each task: MT160, HarmoDT's MT50.
    case mt160
    /// The same, as this package exports it.
    case npz
    /// Prompt-DT's pickles, prompts in files of their own.
    case promptDT = "prompt-dt"
    /// Decision Transformer's pickles, a task each.
    case decisionTransformer = "decision-transformer"
    /// HDF5 files with all steps one after another, a task each.
    case d4rl
    /// Minari's data sets, a task each.
    case minari
    /// TD-MPC2's chunks of many tasks.
    case tdmpc2

    /// The formats that can be written.
    public static let exported: [ForeignFormat] = [.npz, .minari]

    /// Which episodes become prompts where nothing else is said: those that the format sets apart, else the best two.
    public var prompts: PromptSelection {
        switch self {
        case .mt160, .npz: PromptSelection(rule: .last)
        case .promptDT: PromptSelection(rule: .given)
        case .decisionTransformer, .d4rl, .minari, .tdmpc2: PromptSelection(rule: .best)
        }
    }
}

/// What is done with an episode that goes on after a step marked as its end.
public enum InnerEnds: String, Codable, Sendable, CaseIterable {
    case refuse, split, ignore
}

/// What is done with an episode that nothing ended: neither its task nor a time limit.
public enum PartialEpisodes: String, Codable, Sendable, CaseIterable {
    case keep, drop
}
