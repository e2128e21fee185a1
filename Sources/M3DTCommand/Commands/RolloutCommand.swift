import ArgumentParser
import Foundation
import M3DT
import M3DTEvaluation
import M3DTTensor

/// The command `rollout`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout", abstract: "Play one episode of a trained policy and draw it, without a display.",
        discussion:
            """
            The picture is a film strip in one PNG file. Drawing needs OSMesa (Debian: apt-get install libosmesa6); tasks \
            that are played in workers are drawn as their own libraries draw them.
            """)

    @Option(name: .customLong("run"), help: "The folder of a finished run.")
    var folder: URL?

    @Option(help: "A policy folder by itself.")
    var policy: URL?

    @Option(help: "The task to play.")
    var task: String

    @Option(help: "The PNG file. Default: pictures/TASK.png of the run.")
    var picture: URL?

    @Option(help: "Pictures in the strip.")
    var frames = 5

    @Option(help: "The seed of the episode.")
    var seed: UInt64 = 0

    @Option(help: "cpu, cuda, cuda:1, mps.")
    var device = "cpu"

    @OptionGroup var taskFiles: TaskFileOptions

    func validate() throws {
        guard (folder == nil) != (policy == nil) else { throw ValidationError("give either --run or --policy") }
        guard frames > 0 else { throw ValidationError("--frames must be positive") }
    }

    func run() throws {
        let run = folder.map(RunFolder.init)
        guard let file = picture ?? run?.pictures.appendingPathComponent("\(task).png") else {
            throw ValidationError("with --policy, say where the picture goes with --picture FILE")
        }
        let known = try KnownTasks(files: taskFiles.files)
        let trained = try M3DTPolicy(contentsOf: run?.policy ?? policy!, device: Device(named: device))
        try RolloutPictures.write(
            trained, task: trained.profile(of: task).task, seed: seed, frames: frames, to: file,
            describe: known.environment(of:))
        print(file.path)
    }
}
