import ArgumentParser
import Foundation
import M3DT
import M3DTData
import M3DTTasks

/// The command `collect`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct DataCollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Record trajectories with the demonstrators that come with the program.",
        discussion: """
            Good, middling and poor demonstrators share out the episodes, like the replay buffer of a learning agent. The \
            same options give the same data, byte for byte. A collection that was stopped goes on where it was.
            """)

    @Option(
        name: [.long, .customLong("suite")], parsing: .upToNextOption,
        help: "Which tasks, such as a suite (see m3dt tasks).")
    var tasks: [String] = ["all"]

    @Option(help: "The folder of the data.")
    var data: URL

    @OptionGroup var taskFiles: TaskFileOptions

    @Option(help: "Episodes of each task, the two prompt episodes included.")
    var episodes = 100

    @Option(
        help:
            "Who plays tasks in workers: scripted, their environments' demonstrators with noise, or random actions alone."
    )
    var players = Players.scripted

    @Option(help: "Which two episodes become prompts: best, or those recorded last, as in the reference's data.")
    var prompts = PromptSelection.Rule.best

    @Option(help: "What everything random is drawn from.")
    var seed: UInt64 = 0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard prompts != .given else {
            throw ValidationError("--prompts given is for imported data: take best or last")
        }
    }

    func run() throws {
        let known = try KnownTasks(files: taskFiles.files, data: data)
        var collection = Collection(
            tasks: try known.registry.select(tasks), episodesPerTask: episodes, seed: seed,
            progress: output.progress(), stop: Interrupts.listen())
        collection.describe = known.environment(of:)
        collection.workerMixture = players == .random ? .random : .scripted
        collection.prompts.rule = prompts
        try output.show(DataInfoCommand.table(collection.run(into: data)))
    }
}

/// Who plays tasks in workers.
enum Players: String, ExpressibleByArgument, CaseIterable {
    case scripted, random
}
