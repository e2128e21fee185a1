import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTRanks
import M3DTReports
import M3DTTensor
import M3DTTraining

/// The command `train stages`, which `train` is without another word.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TrainStagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages", abstract: "Train a recipe: all stages that are missing, or those named.",
        discussion: """
            Stages are backbone, group, experts and router; rivals have one: backbone, joint or agents. A run that was \
            stopped or killed goes on from its last checkpoint when the same command is given again. \
            Built-in recipes: \(BuiltInRecipe.summary). Docs/methods.md says what each is. \
            Any setting can be changed: --set backbone.steps=1000 --set model.width=128. \
            Several processes train a run together with mpirun -n R m3dt train …: Docs/distributed.md.
            """)

    @Argument(help: "The stages to train; all that are missing if none is named.")
    var stages: [String] = []

    @Option(help: "A built-in recipe or a YAML file. Not needed to go on with a run.")
    var recipe: String?

    @Option(parsing: .upToNextOption, help: "The folder of the data, or several that together hold the tasks.")
    var data: [URL]

    @Option(name: .customLong("run"), help: "The folder of the run.")
    var folder: URL

    @Option(name: .customLong("set"), help: "Change a setting of the recipe, as key=value; may be repeated.")
    var settings: [String] = []

    @Flag(help: "Go on with the run in the folder; an error where there is none.")
    var resume = false

    @Flag(help: "Train the named stages anew, and throw away what was built on them.")
    var again = false

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var interrupts: InterruptOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        try RankedWork.run(train)
    }

    private func train(_ ranks: any RankGroup) throws {
        let run = RunFolder(folder)
        let device = try Device(named: device)
        let output = output.silenced(unless: ranks.isFirst)
        let progress = output.progress()
        let pipeline = try Pipeline(
            recipe: chosenRecipe(for: run, on: device), data: RunData(data.map { try TrajectoryStore($0) }), run: run,
            device: device, progress: progress, stop: interrupts.listen(ranks), ranks: ranks)
        if ranks.count > 1 { progress.note("\(ranks.count) ranks, each with \(TensorEngine.threads) threads") }
        try output.say(
            pipeline.train(stages.map { try StageKind(named: $0) }, again: again),
            next: "done: \(folder.path); next: m3dt evaluate --run \(folder.path)")
    }

    private func chosenRecipe(for run: RunFolder, on device: Device) throws -> Recipe {
        if let recipe, !resume { return try Recipe(named: recipe, settings: settings, on: device) }
        guard run.isRun || resume else {
            throw ValidationError(
                "give a recipe with --recipe: \(BuiltInRecipe.summary), or a file")
        }
        return try run.recipe()
    }
}
