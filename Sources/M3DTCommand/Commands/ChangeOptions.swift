import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTTasks
import M3DTTensor

/// What the commands share that go on from a finished run.
struct ChangeOptions: ParsableArguments {
    @Option(name: .customLong("from"), help: "The folder of the finished run; nothing in it changes.")
    var base: URL

    @Option(
        parsing: .upToNextOption,
        help: "The folders of the data of the new tasks; for add-tasks those of the old ones as well.")
    var data: [URL]

    @Option(name: .customLong("run"), help: "The folder of the new run.")
    var folder: URL

    @Option(
        parsing: .upToNextOption, help: "The new tasks; all of the data that the finished run does not know by default."
    )
    var tasks: [String] = []

    @Option(name: .customLong("set"), help: "Change a setting of the recipe, as key=value; may be repeated.")
    var settings: [String] = []

    @Flag(name: .customLong("no-evaluation"), help: "Train only, and play nothing.")
    var skipsEvaluation = false

    @Option(help: "Episodes played at once. Default: the recipe's.")
    var slots: Int?

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var taskFiles: TaskFileOptions

    /// Trains what is missing, then plays the old and the new policy.
    ///
    /// - Parameter recipe: What is trained, out of the finished run and the data.
    /// - Throws: What `recipe`, training and evaluation throw.
    func run(_ output: OutputOptions, recipe: (BaseRun, RunData) throws -> Recipe) throws {
        let data = try RunData(data.map { try TrajectoryStore($0) })
        let base = try BaseRun(RunFolder(base))
        let recipe = try recipe(base, data)
        let run = RunFolder(folder)
        let device = try Device(named: device)
        let stop = Interrupts.listen()
        try base.copy(into: run)
        let pipeline = try Pipeline(
            recipe: recipe, data: data, run: run, device: device, progress: output.progress(), stop: stop)
        try output.say(pipeline.train(), next: "trained: \(run.url.path)")
        if skipsEvaluation { return }
        let known = try KnownTasks(files: taskFiles.files)
        var evaluation = Evaluation(progress: output.progress(), stop: stop)
        evaluation.slots = slots ?? recipe.evaluation.slots
        evaluation.describe = known.environment(of:)
        evaluation.episodesPerTask = recipe.evaluation.episodesPerTask
        evaluation.seeds = recipe.evaluation.seeds
        let changes = try pipeline.judgeChange(evaluation, among: known.isPlayable)
        try output.show(changes.table())
        output.say("rows: \(run.changes.path); next: m3dt report --run \(run.url.path)")
    }
}
