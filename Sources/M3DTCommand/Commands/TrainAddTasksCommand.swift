import ArgumentParser
import Foundation
import M3DT

/// The command `train add-tasks`.
///
/// - Throws: All errors go up to ``Main``, which gives them their exit codes.
struct TrainAddTasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-tasks", abstract: "Give a finished M3DT run tasks that came later, in a new run folder.",
        discussion: """
            The backbone and the experts of the finished run stay as they are, bit by bit. The new tasks get an expert; the \
            routers begin where they were, hardly using it, and are trained again on all tasks. Then the old policy and the \
            new one are played in all tasks: changes.csv and the table say what the old tasks have lost (forgetting) and what \
            the new ones have gained.

                m3dt data collect --tasks ant-dir-30 ant-dir-31 --data data/later
                m3dt train add-tasks --from runs/first --run runs/second \\
                    --data data/first data/later

            Data of the old tasks is needed for the routers and must be what the finished run was trained on. The recipe is that \
            run's; experts.* and router.* can be changed with --set. A stopped command goes on when it is given again.
            """)

    @OptionGroup var change: ChangeOptions

    @Option(help: "How many experts the new tasks get; with several they are grouped as the recipe says.")
    var experts = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard experts > 0 else { throw ValidationError("--experts must be positive") }
    }

    func run() throws {
        try change.run(output) { base, data in
            try base.adding(change.tasks, experts: experts, from: data, settings: change.settings)
        }
    }
}
