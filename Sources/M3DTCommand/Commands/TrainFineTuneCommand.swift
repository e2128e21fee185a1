import ArgumentParser
import Foundation
import M3DT
import M3DTTraining

/// The command `train fine-tune`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TrainFineTuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fine-tune",
        abstract: "Train a finished run further on a few trajectories of tasks it does not know.",
        discussion: """
            Takes the best K training episodes of each task from the data, and its prompts; statistics and the return to ask for \
            come from these alone. The named tasks share one fine-tuned policy: name one task for a policy of its own. Then the \
            policy is played in the new tasks as it was, from the prompt alone, and as it is: changes.csv and the table.

                m3dt train fine-tune --from runs/first --run runs/tuned \\
                    --data data/later --tasks ant-dir-30 --episodes 5 --steps 300

            --parts whole trains all weights, experts the experts and routers beside the frozen backbone, router the routers \
            alone. The recipe is the finished run's; the stage has the keys backbone.*. A stopped command goes on when it is \
            given again.
            """)

    @OptionGroup var change: ChangeOptions

    @Option(help: "Training episodes of each task.")
    var episodes = 5

    @Option(help: "Optimiser steps.")
    var steps = 500

    @Option(help: "What is trained: \(FineTuneParts.allCases.map(\.rawValue).joined(separator: ", ")).")
    var parts = FineTuneParts.whole

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard episodes > 0, steps > 0 else { throw ValidationError("--episodes and --steps must be positive") }
    }

    func run() throws {
        try change.run(output) { base, data in
            try base.fineTuning(
                change.tasks, episodes: episodes, steps: steps, parts: parts, from: data, settings: change.settings)
        }
    }
}

extension FineTuneParts: ExpressibleByArgument {}
