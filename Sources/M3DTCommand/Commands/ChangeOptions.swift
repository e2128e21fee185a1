import ArgumentParser
import Foundation
import M3DT
import M3DTTasks
import M3DTTensor

/// What the commands share that go on from a finished run.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .customLong("no-evaluation"), help: "Train only, and play nothing.")
    var skipsEvaluation = false

    @Option(name: .customLong("slots"), help: "Episodes played at once.")
    var slots = 32

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var taskFiles: TaskFileOptions

    /// Trains what is missing, then plays the old and the new policy.
    ///
    /// - Throws: What training and evaluation throw.
    func run(_ recipe: Recipe, from base: BaseRun, data: RunData, into run: RunFolder, _ output: OutputOptions) throws {
        let device = try Device(named: device)
        let stop = Interrupts.listen()
        try base.copy(into: run)
        let pipeline = try Pipeline(
            recipe: recipe, data: data, run: run, device: device, progress: output.progress(), stop: stop)
        try output.say(pipeline.train(), next: "trained: \(run.url.path)")
        if skipsEvaluation { return }
        let known = try KnownTasks(files: taskFiles.files)
        var evaluation = Evaluation(progress: output.progress(), stop: stop)
        evaluation.slots = slots
        evaluation.describe = known.environment(of:)
        if recipe.evaluation.episodes > 0 { evaluation.episodesPerTask = recipe.evaluation.episodes }
        evaluation.seeds = recipe.evaluation.seeds
        let changes = try pipeline.judgeChange(evaluation, among: known.isPlayable)
        try output.show(changes.table())
        output.say("rows: \(run.changes.path); next: m3dt report --run \(run.url.path)")
    }
}
