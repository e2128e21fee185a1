import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTReports
import M3DTTasks
import M3DTTensor

extension ActingOptions.Cache: ExpressibleByArgument {}

/// The command `evaluate`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Play a trained policy in the simulators and score it.",
        discussion: """
            Gives normalised scores (0 to 100) by the reference's protocol: for each task, each domain and overall, with the \
            interquartile mean and a bootstrap interval. Rows of all episodes go to evaluation/episodes.csv of the run.

            Tasks that the policy was not trained on: with --data FOLDER it plays those of that data, as its prompts and \
            statistics show them, without training. Their rows go to evaluation/held-out.csv.

                m3dt evaluate --run runs/first --data data/later --tasks ant-dir-30
            """)

    @Option(name: .customLong("run"), help: "The folder of a finished run.")
    var folder: URL?

    @Option(help: "A policy folder by itself.")
    var policy: URL?

    @Option(help: "A data folder with tasks that the policy was not trained on, to be played as well.")
    var data: URL?

    @Option(
        parsing: .upToNextOption,
        help: "Which tasks. Default: all of the policy; with --data, all that it was not trained on.")
    var tasks: [String] = []

    @Option(help: "Episodes of each task and seed. Default: the run's recipe, or the reference's protocol.")
    var episodes: Int?

    @Option(parsing: .upToNextOption, help: "Seeds of the episodes. Default: the run's recipe, or 0 1 2.")
    var seeds: [UInt64] = []

    @Option(help: "Episodes played at once. Default: the run's recipe, or 32.")
    var slots: Int?

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @Option(
        help: "What a step keeps of the one before: exact, nothing; rolling, the context, fast and a little different.")
    var cache = ActingOptions.Cache.exact

    @Option(help: "Leave out experts whose gate is no larger than this; 0 computes all.")
    var gateThreshold = 0.0

    @Option(help: "Where the rows go. Default: evaluation/episodes.csv of the run, or held-out.csv there.")
    var csv: URL?

    @OptionGroup var taskFiles: TaskFileOptions

    @OptionGroup var interrupts: InterruptOptions

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (folder == nil) != (policy == nil) else { throw ValidationError("give either --run or --policy") }
        guard data == nil || folder != nil else {
            throw ValidationError("--data needs --run, whose recipe says how prompts are made")
        }
        guard slots ?? 1 > 0, episodes ?? 1 > 0 else {
            throw ValidationError("--slots and --episodes must be positive")
        }
    }

    func run() throws {
        let run = folder.map(RunFolder.init)
        let recipe = try run?.recipe()
        var policy = try M3DTPolicy(contentsOf: run?.policy ?? self.policy!, device: Device(named: device))
        let known = try KnownTasks(files: taskFiles.files)
        let named: [TaskSpecification]
        if let data, let recipe {
            (policy, named) = try RunData([TrajectoryStore(data)]).introduce(tasks, to: policy, recipe)
        } else {
            named = tasks.isEmpty ? policy.tasks : try TaskRegistry(policy.tasks).select(tasks)
        }
        try policy.act(with: ActingOptions(cache: cache, gateThreshold: gateThreshold))
        let chosen = try playable(named, known)
        var evaluation = Evaluation(progress: output.progress(), stop: interrupts.listen())
        evaluation.slots = slots ?? recipe?.evaluation.slots ?? evaluation.slots
        evaluation.describe = known.environment(of:)
        evaluation.versions = run?.versions
        evaluation.episodesPerTask = episodes ?? recipe?.evaluation.episodesPerTask
        evaluation.seeds = seeds.isEmpty ? recipe?.evaluation.seeds ?? [0, 1, 2] : seeds
        let method = policy.description.method + (data == nil ? "" : ", held-out tasks")
        let outcome = try evaluation.judge(policy, tasks: chosen, method: method)
        if let run, data == nil { try evaluation.write(gates: outcome.gates, to: run.gates) }
        if let file = csv ?? run?.evaluation.appendingPathComponent(data == nil ? "episodes.csv" : "held-out.csv") {
            try Evaluation.write(outcome.rows, to: file)
        }
        try output.show(ScoreTable.table(outcome.rows))
        if let share = policy.computedShareOfExperts {
            output.say("experts computed: \(NumberText.fixed(100 * share)) %")
        }
    }

    /// The tasks that something plays. A task that has data only is passed over, with its reason, unless it was asked for.
    private func playable(_ named: [TaskSpecification], _ known: KnownTasks) throws -> [TaskSpecification] {
        let chosen = named.filter(known.isPlayable)
        for task in named where !known.isPlayable(task) {
            let reason = TaskFileError.dataOnly(task: task.name)
            guard tasks.isEmpty, !chosen.isEmpty else { throw reason }
            FileHandle.standardError.write(Data("m3dt: skipped: \(reason)\n".utf8))
        }
        return chosen
    }
}
