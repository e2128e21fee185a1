/// The recipes that come with the program; each only says what differs from the paper's numbers.
public enum BuiltInRecipe {
    private static let texts: [(name: String, text: String)] = [
        ("paper", paper), ("paper-promptdt", paperPromptDT), ("small", small), ("small-promptdt", smallPromptDT),
        ("demo", demo), ("demo-promptdt", demoPromptDT),
    ]

    /// The names, for messages and help.
    public static var names: [String] { texts.map(\.name) }

    /// The YAML text of a recipe; nothing for an unknown name.
    public static func named(_ name: String) -> String? {
        texts.first { $0.name == name }?.text
    }

    /// The paper's numbers for 160 tasks.
    private static let paper = """
        name: M3DT
        backbone: {conflictEvery: 10000}
        """

    private static let paperPromptDT = """
        name: PromptDT
        method: promptdt
        """

    /// A small model that a CPU trains in about an hour on the 80 native tasks.
    private static let small = """
        name: M3DT
        model: {width: 128, layers: 3, heads: 4}
        backbone: {steps: 20000, learningRate: 3.0e-4, warmUpSteps: 500, conflictEvery: 2000}
        grouping: {experts: 8}
        experts: {steps: 4000, learningRate: 3.0e-4, warmUpSteps: 200}
        router: {steps: 8000, learningRate: 3.0e-4, warmUpSteps: 200}
        evaluation: {episodes: 5}
        """

    /// The backbone of `small` alone, with as many optimiser steps as all its stages together.
    private static let smallPromptDT = """
        name: PromptDT
        method: promptdt
        model: {width: 128, layers: 3, heads: 4}
        backbone: {steps: 60000, learningRate: 3.0e-4, warmUpSteps: 500, conflictEvery: 2000}
        evaluation: {episodes: 5}
        """

    /// Minutes on two cores; ten tasks. Their dynamics need no long memory, so the context is short.
    private static let demo = """
        name: M3DT
        model:
          {width: 64, layers: 3, heads: 4, contextSteps: 6, promptSteps: 3, stateWidth: 27, episodeSteps: 200}
        backbone: {steps: 6000, learningRate: 1.0e-3, warmUpSteps: 100, checkpointEvery: 2000, conflictEvery: 1000}
        grouping: {experts: 4, batches: 4}
        experts: {steps: 500, learningRate: 1.0e-3, warmUpSteps: 50, checkpointEvery: 1000}
        router: {steps: 2000, learningRate: 1.0e-3, warmUpSteps: 50, checkpointEvery: 1000}
        evaluation: {episodes: 5, seeds: [0]}
        """

    /// The backbone of `demo` alone, with as many optimiser steps as all its stages together.
    private static let demoPromptDT = """
        name: PromptDT
        method: promptdt
        model:
          {width: 64, layers: 3, heads: 4, contextSteps: 6, promptSteps: 3, stateWidth: 27, episodeSteps: 200}
        backbone: {steps: 10000, learningRate: 1.0e-3, warmUpSteps: 100, checkpointEvery: 2000, conflictEvery: 1000}
        evaluation: {episodes: 5, seeds: [0]}
        """
}
