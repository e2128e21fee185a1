/// The recipes that come with the program: a scale, alone for M3DT or with a variant after a hyphen, such as `small-mtdt`.
///
/// Each only says what differs from the paper's numbers. A rival with one stage takes as many optimiser steps as all stages of
/// M3DT together at the scales `small` and `demo`, and as many as the paper's at `paper`.
public enum BuiltInRecipe {
    private struct Scale {
        let name: String
        /// What all recipes of the scale share.
        let common: String
        /// The stages of M3DT.
        let staged: String
        /// The only stage of a rival.
        let alone: String
    }

    private struct Variant {
        let name: String
        let text: String
        let isStaged: Bool

        init(staged name: String, _ text: String) {
            (self.name, self.text, isStaged) = (name, text, true)
        }

        init(alone name: String, _ text: String) {
            (self.name, self.text, isStaged) = (name, text, false)
        }
    }

    /// The names, for tests and completion.
    public static var names: [String] {
        scales.flatMap { scale in [scale.name] + variants.map { "\(scale.name)-\($0.name)" } }
    }

    /// The names in a sentence.
    public static var summary: String {
        "one of \(scales.map(\.name).joined(separator: ", ")), each also followed by "
            + variants.map { "-\($0.name)" }.joined(separator: ", ")
    }

    /// The YAML texts of a recipe, each of which changes those before it; nothing for an unknown name.
    public static func layers(of name: String) -> [String]? {
        for scale in scales {
            if name == scale.name { return [scale.common, scale.staged, "name: M3DT"] }
            guard name.hasPrefix(scale.name + "-") else { continue }
            let rest = name.dropFirst(scale.name.count + 1)
            guard let variant = variants.first(where: { $0.name == rest }) else { return nil }
            return [scale.common, variant.isStaged ? scale.staged : scale.alone, variant.text]
        }
        return nil
    }

    private static let scales = [
        // The paper's numbers for 160 tasks.
        Scale(
            name: "paper", common: "", staged: "backbone: {conflictEvery: 10000}", alone: ""),
        // A small model that a CPU trains in about an hour on the 80 tasks of cheetah-vel and ant-dir.
        Scale(
            name: "small",
            common: """
                model: {width: 128, layers: 3, heads: 4}
                backbone: {learningRate: 3.0e-4, warmUpSteps: 500, conflictEvery: 2000}
                grouping: {experts: 8}
                evaluation: {episodes: 5}
                """,
            staged: """
                backbone: {steps: 20000}
                experts: {steps: 4000, learningRate: 3.0e-4, warmUpSteps: 200}
                router: {steps: 8000, learningRate: 3.0e-4, warmUpSteps: 200}
                """,
            alone: "backbone: {steps: 60000}"),
        // Minutes on two cores; ten tasks. Their dynamics need no long memory, so the context is short.
        Scale(
            name: "demo",
            common: """
                model:
                  {width: 64, layers: 3, heads: 4, contextSteps: 6, promptSteps: 3, stateWidth: 27, episodeSteps: 200}
                backbone: {learningRate: 1.0e-3, warmUpSteps: 100, checkpointEvery: 2000, conflictEvery: 1000}
                grouping: {experts: 4, batches: 4}
                evaluation: {episodes: 5, seeds: [0]}
                """,
            staged: """
                backbone: {steps: 6000}
                experts: {steps: 500, learningRate: 1.0e-3, warmUpSteps: 50, checkpointEvery: 1000}
                router: {steps: 2000, learningRate: 1.0e-3, warmUpSteps: 50, checkpointEvery: 1000}
                """,
            alone: "backbone: {steps: 10000}"),
    ]

    private static let variants =
        rivals + ablations + quirks
        + [128, 256, 512, 768, 1024, 1536].map { width in
            Variant(
                alone: "promptdt-\(width)",
                "{name: PromptDT-\(width), method: backbone, model: {width: \(width), heads: 8}}")
        }

    private static let rivals = [
        Variant(alone: "promptdt", "{name: PromptDT, method: backbone}"),
        Variant(alone: "mtdt", "{name: MTDT, method: backbone, model: {promptSteps: 0}}"),
        Variant(alone: "bc", "{name: BC, method: backbone, model: {input: noReturns}}"),
        Variant(
            alone: "gato",
            "{name: Gato, method: backbone, model: {input: bins, contextSteps: 5, promptSteps: 2}}"),
        Variant(alone: "harmodt", "{name: HarmoDT, method: harmodt, data: {rows: 8}}"),
        Variant(alone: "moe", "{name: MoE, method: moe}"),
        Variant(alone: "topk-moe", "{name: TopK-MoE, method: moe, mixture: {gate: {form: topK}}}"),
        Variant(alone: "soft-moe", "{name: SoftMoE, method: moe, mixture: {gate: {form: soft}, router: {layers: 1}}}"),
        Variant(alone: "single-task", "{name: Single-task, method: single-task}"),
    ]

    private static let ablations = [
        Variant(staged: "random", "{name: M3DT-Random, grouping: {method: random}}"),
        Variant(staged: "no-groups", "{name: M3DT-NoGroups, grouping: {method: none}}"),
        Variant(staged: "unfrozen", "{name: M3DT-Unfrozen, mixture: {training: routersAndExperts}}"),
        Variant(
            staged: "random-unfrozen",
            "{name: M3DT-Random-Unfrozen, grouping: {method: random}, mixture: {training: routersAndExperts}}"),
        Variant(staged: "topk", "{name: M3DT-TopK, mixture: {gate: {form: topK}}}"),
        Variant(staged: "linear-router", "{name: M3DT-LinearRouter, mixture: {router: {layers: 1}}}"),
        Variant(staged: "narrow-router", "{name: M3DT-NarrowRouter, mixture: {router: {widthFactor: 1}}}"),
        Variant(staged: "sequence-router", "{name: M3DT-SequenceRouter, mixture: {router: {scope: sequence}}}"),
        Variant(staged: "narrow-experts", "{name: M3DT-NarrowExperts, mixture: {expert: {hiddenFactor: 1}}}"),
        Variant(staged: "attention-experts", "{name: M3DT-AttentionExperts, mixture: {expert: {form: attention}}}"),
        Variant(
            staged: "mixed-batches",
            "{name: M3DT-Mixed, backbone: {order: mixed}, experts: {order: mixed}, router: {order: mixed}}"),
    ]

    /// What the reference does otherwise, one at a time and all at once.
    private static let quirks: [Variant] = {
        let each = [
            ("residual", "model: {residual: normalized}"), ("leaks", "evaluation: {leaksUnusedActions: true}"),
            ("prompt-choice", "data: {promptChoice: reference}"),
            ("prompt-statistics", "data: {promptStatistics: prompt}"),
            ("deviation-floor", "data: {deviationFloor: 1.0e-6, clip: null}"),
            ("frozen-dropout", "experts: {dropoutInFrozenParts: true}\nrouter: {dropoutInFrozenParts: true}"),
        ]
        let all = """
            model: {residual: normalized}
            evaluation: {leaksUnusedActions: true}
            data: {promptChoice: reference, promptStatistics: prompt, deviationFloor: 1.0e-6, clip: null, targetReturn: protocol}
            experts: {dropoutInFrozenParts: true}
            router: {dropoutInFrozenParts: true}
            """
        return (each + [("all-quirks", all)]).map { name, text in
            Variant(staged: "reference-\(name)", "name: M3DT-reference-\(name)\n\(text)")
        }
    }()
}
