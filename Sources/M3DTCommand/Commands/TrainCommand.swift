import ArgumentParser
import M3DT
import M3DTReports
import M3DTTraining

/// The command `train`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a recipe; give a finished run new tasks; fine-tune it.",
        discussion: """
            Without one of the subcommands below, a recipe is trained:

                m3dt train --recipe small --data data/first --run runs/first
                m3dt train experts --recipe small --data data/first --run runs/first
                m3dt train --recipe small --set model.width=256 --data … --run …

            The first trains all stages that are missing, the second one stage, the third other values than the recipe's. \
            What is stopped or killed goes on from its last checkpoint when the same command is given again. \
            Built-in recipes: \(BuiltInRecipe.summary). Docs/methods.md says what each is.
            m3dt help train stages lists all options.
            """,
        subcommands: [
            TrainStagesCommand.self, TrainAddTasksCommand.self, TrainFineTuneCommand.self, TrainSketchesCommand.self,
        ],
        defaultSubcommand: TrainStagesCommand.self)
}

extension OutputOptions {
    /// Says how a training ended.
    ///
    /// - Throws: `Interrupted` where it was stopped, so that the program ends with the code for that.
    func say(_ outcome: StageOutcome, next: String) throws {
        switch outcome {
        case .finished: say(next)
        case .stopped(let stage, let step, _):
            say("stopped in stage \(stage) after step \(step); give the same command again to go on")
            throw Interrupted()
        }
    }
}
