import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTEvaluation
import M3DTReports
import M3DTTasks

/// The command `checkpoint`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Take in weights of other projects, write weights for them, look into files.",
        subcommands: [CheckpointImportCommand.self, CheckpointExportCommand.self, CheckpointInfoCommand.self])
}

/// The command `info`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Tell what a file of weights holds: its kind, its tensors, its size.",
        discussion: """
            Reads safetensors files and PyTorch archives, the latter without running any code in them; of a policy folder or one \
            of Hugging Face's, the weights.
            """)

    @Argument(help: "The file, or the folder.")
    var file: URL

    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try CheckpointSummary(contentsOf: file)
        var whole = try TextTable(titles: ["kind", "sizes", "tensors", "numbers"])
        try whole.append([
            summary.kind.rawValue, summary.sizes.joined(separator: ", "), "\(summary.entries.count)",
            NumberText.grouped(summary.numbers),
        ])
        try output.show(whole)
        output.say("")
        var table = try TextTable(titles: ["tensor", "type", "shape", "numbers"])
        for (name, entry) in summary.entries.sorted(by: { $0.key < $1.key }) {
            try table.append([
                name, entry.type.rawValue, entry.shape.map(String.init).joined(separator: "x"),
                NumberText.grouped(entry.count),
            ])
        }
        try output.show(table)
    }
}

/// The command `import`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a policy folder of weights that other projects have trained.",
        discussion: """
            The reference release: its backbone (prompt_model_...), and with it one expert (expert_0_...) or the routers \
            (moe_...), in any order; which is which is seen from what they hold. No code in them is run.
            Hugging Face: the folder of a DecisionTransformerModel.

              m3dt checkpoint import prompt_model_A moe_B --data data/mt10 --policy mine
              m3dt evaluate --policy mine

            Weights are all that a checkpoint holds: tasks, scaling of observations, target returns and prompts come from --data, \
            made as the reference release makes them, and residual stream and unused actions are as it has them \
            (Docs/checkpoints.md).
            """)

    @Argument(help: "The files of the reference release, or one folder of Hugging Face's.")
    var sources: [URL]

    @Option(help: "The folder of the data that the tasks come from.")
    var data: URL

    @Option(name: .customLong("policy"), help: "The folder of the policy; must not be there yet.")
    var destination: URL

    @Option(parsing: .upToNextOption, help: "Which of the data's tasks; all by default.")
    var tasks: [String] = []

    @Option(help: "Attention heads of a reference's backbone, which its files do not tell.")
    var heads = 8

    @Option(help: "Steps of recent history. Default: max_length of config.json, else 20.")
    var contextSteps: Int?

    @Option(help: "Steps of the prompt of a reference's backbone.")
    var promptSteps = 5

    @Option(help: "The return asked for: protocol (the reference's), best, bestDecile (of the data).")
    var targetReturn = TargetReturn.protocol

    @Option(help: "What tables call the policy. Default: M3DT, PromptDT or DT, by what it is.")
    var name: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard heads > 0, contextSteps ?? 1 > 0, promptSteps > 0 else {
            throw ValidationError("--heads, --context-steps and --prompt-steps must be positive")
        }
    }

    func run() throws {
        let store = try TrajectoryStore(data)
        var process = CheckpointImport(sources)
        (process.heads, process.contextSteps, process.promptSteps) = (heads, contextSteps, promptSteps)
        (process.targetReturn, process.method) = (targetReturn, name)
        let chosen = tasks.isEmpty ? store.tasks : try TaskRegistry(store.tasks).select(tasks)
        let policy = try process.run(data: store, tasks: chosen, to: destination)
        try output.show(Self.table(policy))
        output.say("next: m3dt evaluate --policy \(destination.relativePath)")
    }

    private static func table(_ policy: PolicyDescription) throws -> TextTable {
        var table = try TextTable(
            titles: ["policy", "width", "layers", "heads", "experts", "context", "prompt", "timesteps", "tasks"])
        let model = policy.model
        try table.append(
            [policy.method]
                + [
                    model.width, model.layers, model.heads, policy.mixture?.experts ?? 0, model.contextSteps,
                    model.promptSteps, model.episodeSteps, policy.tasks.count,
                ].map(String.init))
        return table
    }
}

extension TargetReturn: ExpressibleByArgument {}

/// The command `export`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct CheckpointExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a policy as a DecisionTransformerModel of Hugging Face's transformers.",
        discussion: """
            That model has no prompt and no experts, so only a policy of one model without prompts can be written, such as one of \
            --recipe small-mtdt. From Python: DecisionTransformerModel.from_pretrained(FOLDER). How observations are to be scaled \
            and what return to ask for stands in FOLDER/tasks.json.
            """)

    @Option(help: "The policy folder.")
    var policy: URL?

    @Option(name: .customLong("run"), help: "The folder of a finished run.")
    var folder: URL?

    @Argument(help: "The folder to write; must not be there yet.")
    var destination: URL

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (folder == nil) != (policy == nil) else { throw ValidationError("give either --run or --policy") }
    }

    func run() throws {
        let source = folder.map { RunFolder($0).policy } ?? policy!
        try CheckpointExport.write(
            PolicyFolder(contentsOf: source), named: source.relativePath, to: destination)
        output.say("written: \(destination.relativePath)")
    }
}
